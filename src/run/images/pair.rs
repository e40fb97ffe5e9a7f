//! The two images of a cell.

use super::Images;
use super::parts::{Stack, present, trouble};
use crate::engine::{BaseImage, ImageId};
use crate::model::cause::Trouble;
use crate::model::plan::ImagePlan;

impl Images<'_> {
    /// The images of a cell: with the defect, and the healthy one. They are based on one image of the layers that their plans
    /// share, because otherwise the defect would not be the only difference.
    pub async fn pair(&self, plans: [&ImagePlan; 2]) -> [Result<ImageId, Trouble>; 2] {
        let images = tokio::join!(self.get(plans[0]), self.get(plans[1]));
        let (Ok(image), Ok(control)) = &images else { return images.into() };
        match self.comparable(plans, [image, control]).await {
            Ok(images) => images.map(Ok),
            Err(trouble) => [Err(trouble.clone()), Err(trouble)],
        }
    }

    /// Tags rest on the inputs of images. So what both share may have been built after one of the images that have its layers: with
    /// newer packages, or first as a part of that image only. Such an image is built again.
    async fn comparable(&self, plans: [&ImagePlan; 2], images: [&ImageId; 2]) -> Result<[ImageId; 2], Trouble> {
        if images[0] == images[1] || plans[0].base != plans[1].base {
            return Ok(images.map(Clone::clone));
        }
        let count = plans[0].layers.iter().zip(&plans[1].layers).take_while(|(one, other)| one == other).count();
        let stacks = [self.stack(plans[0]).await?, self.stack(plans[1]).await?];
        let shared = self.lowest(&stacks[0], count).await?;
        let (image, control) = tokio::try_join!(
            self.based_on(&shared, count, &stacks[0], images[0]),
            self.based_on(&shared, count, &stacks[1], images[1])
        )?;
        Ok([image, control])
    }

    /// An image of a stack if it is based on `shared`, which has the lowest `count` layers; else one that is.
    async fn based_on(&self, shared: &BaseImage, count: usize, stack: &Stack<'_>, image: &ImageId) -> Result<ImageId, Trouble> {
        let below = self.engine.describe(&shared.id).await.map_err(trouble)?.layers;
        if self.has_layers(image, &below).await? {
            return Ok(image.clone());
        }
        let tag = stack.tags.last().unwrap_or(&stack.base.name);
        let again = async {
            let _lock = self.lock(tag).await?;
            match self.engine.image(tag).await.map_err(trouble)? {
                // Another run has built it again.
                Some(id) if self.has_layers(&id, &below).await? => Ok(present(tag, id)),
                _ => self.build(stack, count..stack.plan.layers.len(), shared).await,
            }
        };
        let record = self.again.get(&format!("{tag} on {}", shared.id.0), self.layer(tag, again)).await?;
        Ok(ImageId(record.id))
    }

    async fn has_layers(&self, image: &ImageId, lowest: &[String]) -> Result<bool, Trouble> {
        Ok(self.engine.describe(image).await.map_err(trouble)?.layers.starts_with(lowest))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::fs;

    use super::*;
    use crate::engine::Engine;
    use crate::engine::fake::{FakeEngine, Transcript};
    use crate::image::{self, Catalog, Settings};
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

    /// The pair of a cell whose images are both present, `one` based on a build of `common` with this id, and the layers of both.
    fn pair(based_on: &str) -> [(String, Vec<String>); 2] {
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
        let pair = crate::run::block_on(images.pair([&plans[0], &plans[1]])).map(Result::unwrap);
        pair.map(|image| {
            let layers = crate::run::block_on(engine.describe(&image)).unwrap().layers;
            (image.0, layers)
        })
    }

    #[test]
    fn images_that_share_the_layers_of_their_plans_can_be_compared() {
        let [image, control] = pair("present").map(|(id, _)| id);
        assert_eq!([&*image, &*control], ["one", "other"]);
    }

    #[test]
    fn an_image_on_an_earlier_build_of_what_both_share_is_built_again() {
        let [(image, layers), (control, _)] = pair("removed");
        assert_ne!(image, "one");
        assert!(layers.starts_with(&["base".to_owned(), "present".to_owned()]), "{layers:?}");
        assert_eq!(control, "other");
    }
}
