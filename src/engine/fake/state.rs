//! State of the fake: containers, images and recorded calls.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use super::transcript::{Answer, Transcript};
use crate::engine::{
    Call, Cause, ContainerId, EngineHost, ExecEnd, ImageDetails, ImageId, Labels, Owned, RUN_LABEL, Refusal, RegistryError,
};

#[derive(Debug)]
pub(super) struct State {
    transcript: Transcript,
    /// How many calls each entry of `fail` has matched.
    failures: Vec<usize>,
    calls: Vec<(Call, String)>,
    containers: BTreeMap<ContainerId, Container>,
    images: BTreeMap<ImageId, Image>,
    /// Images in registries that the transcript describes, and pushed ones.
    registry: BTreeMap<String, (ImageId, Image)>,
    /// Number of containers and snapshots created so far; makes their ids unique.
    made: usize,
}

#[derive(Debug, Default)]
struct Container {
    labels: Labels,
    image: Option<ImageId>,
    history: History,
    /// Its last command was stopped, so it must not be used again.
    stopped: bool,
}

#[derive(Debug, Clone, Default)]
struct Image {
    tags: Vec<String>,
    labels: Labels,
    /// Ids of the images below it and its own.
    layers: Vec<String>,
    history: History,
}

/// History of a file system.
#[derive(Debug, Clone, Default)]
struct History {
    /// Tags and ids of its ancestors.
    images: Vec<String>,
    commands: Vec<String>,
}

impl State {
    pub(super) fn new(transcript: Transcript) -> Self {
        let failures = vec![0; transcript.fail.len()];
        let containers = transcript
            .containers
            .iter()
            .map(|(id, labels)| (ContainerId(id.clone()), Container { labels: labels.clone(), ..Container::default() }));
        let containers = containers.collect();
        let mut state = State {
            failures,
            calls: Vec::new(),
            containers,
            images: BTreeMap::new(),
            registry: BTreeMap::new(),
            made: 0,
            transcript: Transcript::default(),
        };
        for (reference, id) in &transcript.images {
            let layers = transcript.layers.get(reference).cloned().unwrap_or_default();
            state.insert(ImageId(id.clone()), Some(reference), Image { layers, ..Image::default() });
        }
        state.transcript = transcript;
        state
    }

    /// Records a call. Fails if the transcript says so.
    pub(super) fn called(&mut self, call: Call, of: &str) -> Result<(), Cause> {
        self.calls.push((call, of.to_owned()));
        let mut fails = false;
        for (failure, count) in self.transcript.fail.iter().zip(&mut self.failures) {
            if failure.call == call && of.contains(&failure.of) {
                *count += 1;
                fails |= failure.nth.is_none_or(|nth| nth.get() == *count);
            }
        }
        if fails { Err("the transcript says so".into()) } else { Ok(()) }
    }

    pub(super) fn calls(&self) -> impl Iterator<Item = &(Call, String)> {
        self.calls.iter()
    }

    pub(super) fn host(&self) -> EngineHost {
        self.transcript.host.clone()
    }

    pub(super) fn left(&self) -> Vec<String> {
        let images =
            self.images.iter().filter(|(_, image)| image.labels.contains_key(RUN_LABEL)).map(|(id, _)| format!("image {}", id.0));
        self.containers.keys().map(|id| format!("container {}", id.0)).chain(images).collect()
    }

    pub(super) fn owned(&self, label: &str) -> Vec<Owned> {
        let containers = self.containers.iter().map(|(id, container)| Owned::Container(id.clone(), container.labels.clone()));
        let images = self.images.iter().map(|(id, image)| Owned::Image(id.clone(), image.labels.clone()));
        containers.chain(images).filter(|owned| owned.labels().contains_key(label)).collect()
    }

    pub(super) fn find(&self, reference: &str) -> Option<ImageId> {
        let named = |(id, image): &(&ImageId, &Image)| id.0 == reference || image.tags.iter().any(|tag| tag == reference);
        self.images.iter().find(named).map(|(id, _)| id.clone())
    }

    /// The image's first tag, or its id if it has no tag.
    pub(super) fn name(&self, image: &ImageId) -> String {
        self.images.get(image).and_then(|found| found.tags.first()).unwrap_or(&image.0).clone()
    }

    /// Creates a tagged image. Its id derives from the tag.
    pub(super) fn make(&mut self, tag: &str, labels: Labels, base: Option<&str>) -> ImageId {
        self.build(tag, labels, base, true)
    }

    /// The same, for an image that adds a layer to its base or only labels.
    pub(super) fn build(&mut self, tag: &str, labels: Labels, base: Option<&str>, is_layer: bool) -> ImageId {
        let base = base.and_then(|base| self.find(base)).and_then(|base| self.images.get(&base)).cloned().unwrap_or_default();
        let (layers, id) = (base.layers.clone(), id_of(tag));
        self.insert(id.clone(), Some(tag), Image { labels, ..base });
        if !is_layer {
            self.images.entry(id.clone()).and_modify(|image| image.layers = layers);
        }
        id
    }

    pub(super) fn describe(&self, image: &ImageId) -> Result<ImageDetails, Cause> {
        let image = self.images.get(image).ok_or("no such image")?;
        Ok(ImageDetails { layers: image.layers.clone(), labels: image.labels.clone(), platform: "linux/amd64".to_owned() })
    }

    /// Pulls an image. Registries without a name in the transcript have every image.
    pub(super) fn pull(&mut self, reference: &str) -> Result<ImageId, Cause> {
        if let Some((id, image)) = self.registry.get(reference).cloned() {
            let tags = self.images.get(&id).map(|same| same.tags.clone()).unwrap_or_default();
            self.images.insert(id.clone(), Image { tags, ..image });
            self.untag(reference);
            self.images.entry(id.clone()).and_modify(|image| image.tags.push(reference.to_owned()));
            return Ok(id);
        }
        match &self.transcript.registry {
            Some(name) if reference.starts_with(name) => Err(refused(Refusal::Absent, "manifest unknown")),
            _ => Ok(self.make(reference, Labels::new(), None)),
        }
    }

    pub(super) fn push(&mut self, reference: &str) -> Result<(), Cause> {
        let id = self.find(reference).ok_or("no such image")?;
        self.registry.insert(reference.to_owned(), (id.clone(), self.images[&id].clone()));
        Ok(())
    }

    pub(super) fn is_published(&self, reference: &str) -> bool {
        self.registry.contains_key(reference)
    }

    pub(super) fn tag(&mut self, image: &ImageId, tag: &str) -> Result<(), Cause> {
        if !self.images.contains_key(image) {
            return Err("no such image".into());
        }
        self.untag(tag);
        let image = self.images.get_mut(image).ok_or("no such image")?;
        image.tags.push(tag.to_owned());
        image.history.images.push(tag.to_owned());
        Ok(())
    }

    pub(super) fn start(&mut self, image: &ImageId, labels: &Labels) -> Result<ContainerId, Cause> {
        let history = self.images.get(image).ok_or("no such image")?.history.clone();
        self.made += 1;
        let id = ContainerId(format!("container-{}", self.made));
        self.containers
            .insert(id.clone(), Container { labels: labels.clone(), image: Some(image.clone()), history, stopped: false });
        Ok(id)
    }

    /// Answers a command and adds it to the container's history.
    pub(super) fn exec(&mut self, container: &ContainerId, command: &str, user: Option<&str>) -> Result<Answer, Cause> {
        let history = &mut usable(self.containers.get_mut(container))?.history;
        let of_user = |answer: &&Answer| answer.user.is_none() || answer.user.as_deref() == user;
        let is_left = |answer: &&mut Answer| answer.times != Some(0) && of_user(&&**answer);
        let mut answers = self.transcript.answers.iter_mut().filter(is_left);
        let answer = answers.find(|answer| history.matches(answer, command));
        history.commands.push(command.to_owned());
        Ok(answer.map_or_else(Answer::default, |answer| {
            answer.times = answer.times.map(|times| times - 1);
            answer.clone()
        }))
    }

    /// Ends a command. Fails if its container was removed meanwhile.
    pub(super) fn end_command(&mut self, container: &ContainerId, end: Option<ExecEnd>) -> Result<(), Cause> {
        let container = usable(self.containers.get_mut(container))?;
        container.stopped = end.is_some_and(|end| !end.leaves_usable());
        Ok(())
    }

    pub(super) fn commit(&mut self, container: &ContainerId, labels: &Labels) -> Result<ImageId, Cause> {
        let history = usable(self.containers.get_mut(container))?.history.clone();
        self.made += 1;
        let image = Image { labels: labels.clone(), history, ..Image::default() };
        Ok(self.insert(id_of(&format!("snapshot {}", self.made)), None, image))
    }

    pub(super) fn remove(&mut self, container: &ContainerId) {
        self.containers.remove(container);
    }

    /// Fails while a container uses the image, as a real engine does.
    pub(super) fn remove_image(&mut self, image: &ImageId) -> Result<(), Cause> {
        if let Some((user, _)) = self.containers.iter().find(|(_, container)| container.image.as_ref() == Some(image)) {
            return Err(format!("image is in use by running container {}", user.0).into());
        }
        self.images.remove(image);
        Ok(())
    }

    /// Removes a tag; deletes the image if it was its last tag.
    pub(super) fn remove_tag(&mut self, tag: &str) -> Result<(), Cause> {
        let Some(id) = self.find(tag) else { return Ok(()) };
        self.untag(tag);
        if self.images[&id].tags.is_empty() { self.remove_image(&id) } else { Ok(()) }
    }

    /// The tags that begin with `prefix`, and their images.
    pub(super) fn named(&self, prefix: &str) -> BTreeMap<String, ImageId> {
        let tags = self.images.iter().flat_map(|(id, image)| image.tags.iter().map(|tag| (tag.clone(), id.clone())));
        tags.filter(|(tag, _)| tag.starts_with(prefix)).collect()
    }

    /// Adds a layer to an image, and gives the result an id and a tag.
    fn insert(&mut self, id: ImageId, tag: Option<&str>, image: Image) -> ImageId {
        tag.inspect(|tag| self.untag(tag));
        let Image { labels, mut layers, mut history, .. } = image;
        let mut tags = self.images.remove(&id).map(|same| same.tags).unwrap_or_default();
        tags.extend(tag.map(str::to_owned));
        history.images.extend(tags.iter().cloned().chain([id.0.clone()]));
        layers.push(id.0.clone());
        self.images.insert(id.clone(), Image { tags, labels, layers, history });
        id
    }

    /// A tag belongs to one image at a time.
    fn untag(&mut self, tag: &str) {
        self.images.values_mut().for_each(|image| image.tags.retain(|other| other != tag));
    }
}

impl History {
    fn matches(&self, answer: &Answer, command: &str) -> bool {
        let ran = |text: &String| self.commands.iter().any(|command| command.contains(text));
        command.contains(&answer.command)
            && answer.after.as_ref().is_none_or(ran)
            && !answer.not_after.as_ref().is_some_and(ran)
            && answer.image.as_ref().is_none_or(|text| self.images.iter().any(|image| image.contains(text)))
    }
}

fn usable(container: Option<&mut Container>) -> Result<&mut Container, Cause> {
    match container {
        None => Err("no such container".into()),
        Some(container) if container.stopped => Err("its last command was stopped, so it must not be used again".into()),
        Some(container) => Ok(container),
    }
}

/// The cause of a failed request to a registry.
pub(super) fn refused(refusal: Refusal, message: &str) -> Cause {
    Box::new(RegistryError { refusal, message: message.to_owned() })
}

/// An id that depends only on the name.
fn id_of(name: &str) -> ImageId {
    let digest: String = Sha256::digest(name).iter().map(|byte| format!("{byte:02x}")).collect();
    ImageId(format!("sha256:{digest}"))
}
