//! The two images of a cell.

use super::Images;
use super::parts::trouble;
use crate::engine::ImageId;
use crate::model::cause::Trouble;
use crate::model::plan::ImagePlan;
use crate::text::advice::Advice;

impl Images<'_> {
    /// The images of a cell: with the defect, and the healthy one. Both are in trouble if they differ in a layer that their
    /// plans share, because then the defect is not the only difference.
    pub async fn pair(&self, plans: [&ImagePlan; 2]) -> [Result<ImageId, Trouble>; 2] {
        let images = tokio::join!(self.get(plans[0]), self.get(plans[1]));
        let (Ok(image), Ok(control)) = &images else { return images.into() };
        match self.comparable(plans, [image, control]).await {
            Ok(()) => images.into(),
            Err(trouble) => [Err(trouble.clone()), Err(trouble)],
        }
    }

    /// Tags rest on the inputs of images. So an image that is built again, with newer packages, has the tag of the image on
    /// which older images of this engine are based.
    async fn comparable(&self, plans: [&ImagePlan; 2], images: [&ImageId; 2]) -> Result<(), Trouble> {
        if images[0] == images[1] || plans[0].base != plans[1].base {
            return Ok(());
        }
        let count = plans[0].layers.iter().zip(&plans[1].layers).take_while(|(one, other)| one == other).count();
        let stack = self.stack(plans[0]).await?;
        let shared = self.lowest(&stack, count).await?;
        let below = self.engine.describe(&shared.id).await.map_err(trouble)?.layers;
        for (plan, image) in plans.iter().zip(images) {
            if !self.engine.describe(image).await.map_err(trouble)?.layers.starts_with(&below) {
                let tag = self.stack(plan).await?.tags.pop().unwrap_or_default();
                let problem = format!(
                    "image `{tag}` was built on an earlier build of `{}`, so the defect may not be all that differs from the control",
                    shared.name
                );
                return Err(trouble(Advice::new(
                    problem,
                    format!("remove image `{tag}` from the engine, then run the cell again"),
                )));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::fs;

    use super::*;
    use crate::engine::fake::{FakeEngine, Transcript};
    use crate::image::{self, Catalog, Settings};
    use crate::model::cause::Cause;
    use crate::run::event::{Event, Listener};
    use crate::text::digest::digest;

    struct Silent;

    impl Listener for Silent {
        fn on_event(&self, _: &Event<'_>) {}
    }

    fn settings(folder: &std::path::Path) -> Settings {
        Settings {
            dockerfiles: folder.to_owned(),
            cache: folder.join("cache"),
            registry: None,
            image_cache: None,
            docker_config: None,
            mirror: None,
            network: None,
            index: None,
            archived: false,
            locks: folder.join("locks"),
        }
    }

    /// The pair of a cell whose images are both present, `one` based on a build of `common` with this id.
    fn pair(based_on: &str) -> [Result<ImageId, Trouble>; 2] {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("SHA256SUMS"), "").unwrap();
        for name in ["common", "one", "other"] {
            fs::create_dir(folder.path().join(name)).unwrap();
            fs::write(folder.path().join(name).join("Dockerfile"), "ARG BASE\nFROM ${BASE}\nRUN true\n").unwrap();
        }
        let catalog = Catalog::read(folder.path()).unwrap();
        let layer = |name: &str| catalog.layer(name, &BTreeMap::new()).unwrap();
        let plan = |top| ImagePlan { base: "bookworm".to_owned(), layers: vec![layer("common"), layer(top)] };
        let plans = [plan("one"), plan("other")];
        let content = digest("base".as_bytes());
        let [one, other] = [0, 1].map(|place| image::tags("matrix", &content, &plans[place].layers));
        let images = [("matrix/base:bookworm", "base"), (&one[0], "present"), (&one[1], "one"), (&other[1], "other")];
        let below = |build: &str| vec!["base".to_owned(), build.to_owned()];
        let layers = [(&*one[0], vec!["base".to_owned()]), (&one[1], below(based_on)), (&other[1], below("present"))];
        let engine = FakeEngine::new(Transcript {
            images: images.map(|(tag, id)| (tag.to_owned(), id.to_owned())).into(),
            layers: layers.map(|(tag, below)| (tag.to_owned(), below)).into(),
            ..Transcript::default()
        });
        let settings = settings(folder.path());
        let images = Images::new(&engine, &settings, &catalog, &Silent).for_plans(&plans);
        crate::run::block_on(images.pair([&plans[0], &plans[1]]))
    }

    #[test]
    fn images_that_share_the_layers_of_their_plans_can_be_compared() {
        assert_eq!(pair("present"), [Ok(ImageId("one".to_owned())), Ok(ImageId("other".to_owned()))]);
    }

    #[test]
    fn an_image_on_an_earlier_build_of_what_both_share_is_trouble_of_the_cell() {
        let [image, control] = pair("removed");
        assert_eq!(image, control);
        let Trouble { cause, detail } = image.unwrap_err();
        assert_eq!(cause, Cause::Image);
        assert!(detail.starts_with("image `matrix/one:"), "{detail}");
        assert!(detail.contains("was built on an earlier build of `matrix/common:"), "{detail}");
        assert!(detail.contains("\nhelp: remove image `matrix/one:"), "{detail}");
    }
}
