//! What the fake keeps between calls: containers, images, the calls made. Plain functions over one value; it must
//! not wait for anything.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use super::{Answer, Call, End, Transcript};
use crate::engine::{Cause, ContainerId, EngineHost, ImageId, Labels, Owned, RUN_LABEL};

#[derive(Debug)]
pub(super) struct State {
    transcript: Transcript,
    /// How many calls each entry of the transcript's `fail` has applied to.
    failures: Vec<usize>,
    calls: Vec<(Call, String)>,
    containers: BTreeMap<ContainerId, Container>,
    images: BTreeMap<ImageId, Image>,
    /// How many containers and snapshots were ever made, for their ids.
    made: usize,
}

#[derive(Debug, Default)]
struct Container {
    labels: Labels,
    image: Option<ImageId>,
    past: Past,
    /// Its last command was stopped, so it must not be used again.
    stopped: bool,
}

#[derive(Debug, Default)]
struct Image {
    tags: Vec<String>,
    labels: Labels,
    past: Past,
}

/// Where a file system comes from.
#[derive(Debug, Clone, Default)]
struct Past {
    /// Tags and ids of the images it goes back to.
    images: Vec<String>,
    /// Commands executed on it.
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
            made: 0,
            transcript: Transcript::default(),
        };
        for (reference, id) in &transcript.images {
            state.put(ImageId(id.clone()), Some(reference), Labels::new(), Past::default());
        }
        state.transcript = transcript;
        state
    }

    /// Records a call; an error when the transcript wants it to fail.
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

    /// The image of that tag or id.
    pub(super) fn find(&self, reference: &str) -> Option<ImageId> {
        let named = |(id, image): &(&ImageId, &Image)| id.0 == reference || image.tags.iter().any(|tag| tag == reference);
        self.images.iter().find(named).map(|(id, _)| id.clone())
    }

    /// The image's first tag, or its id when it has none.
    pub(super) fn name(&self, image: &ImageId) -> String {
        self.images.get(image).and_then(|found| found.tags.first()).unwrap_or(&image.0).clone()
    }

    /// Makes a tagged image whose id derives from the tag.
    pub(super) fn make(&mut self, tag: &str, labels: Labels, base: Option<&str>) -> ImageId {
        let base = base.and_then(|base| self.find(base)).and_then(|base| self.images.get(&base));
        let past = base.map(|base| base.past.clone()).unwrap_or_default();
        self.put(derived(tag), Some(tag), labels, past)
    }

    pub(super) fn tag(&mut self, image: &ImageId, tag: &str) -> Result<(), Cause> {
        if !self.images.contains_key(image) {
            return Err("no such image".into());
        }
        self.untag(tag);
        let image = self.images.get_mut(image).ok_or("no such image")?;
        image.tags.push(tag.to_owned());
        image.past.images.push(tag.to_owned());
        Ok(())
    }

    pub(super) fn start(&mut self, image: &ImageId, labels: &Labels) -> Result<ContainerId, Cause> {
        let past = self.images.get(image).ok_or("no such image")?.past.clone();
        self.made += 1;
        let id = ContainerId(format!("container-{}", self.made));
        self.containers
            .insert(id.clone(), Container { labels: labels.clone(), image: Some(image.clone()), past, stopped: false });
        Ok(id)
    }

    /// The answer to a command, which from now on is part of the container's past.
    pub(super) fn exec(&mut self, container: &ContainerId, command: &str) -> Result<Answer, Cause> {
        let past = &mut usable(self.containers.get_mut(container))?.past;
        let answer = self.transcript.answers.iter().find(|answer| past.meets(answer, command));
        past.commands.push(command.to_owned());
        Ok(answer.cloned().unwrap_or_default())
    }

    /// A command has ended; an error when its container was removed meanwhile.
    pub(super) fn ended(&mut self, container: &ContainerId, end: End) -> Result<(), Cause> {
        let container = usable(self.containers.get_mut(container))?;
        container.stopped = matches!(end, End::Timeout | End::Silence | End::Flood | End::Processes);
        Ok(())
    }

    pub(super) fn commit(&mut self, container: &ContainerId, labels: &Labels) -> Result<ImageId, Cause> {
        let past = usable(self.containers.get_mut(container))?.past.clone();
        self.made += 1;
        Ok(self.put(derived(&format!("snapshot {}", self.made)), None, labels.clone(), past))
    }

    pub(super) fn remove(&mut self, container: &ContainerId) {
        self.containers.remove(container);
    }

    /// As with a real engine, a running container keeps its image.
    pub(super) fn remove_image(&mut self, image: &ImageId) -> Result<(), Cause> {
        if let Some((user, _)) = self.containers.iter().find(|(_, container)| container.image.as_ref() == Some(image)) {
            return Err(format!("image is in use by running container {}", user.0).into());
        }
        self.images.remove(image);
        Ok(())
    }

    /// Takes a tag away, and the image with its last one.
    pub(super) fn take(&mut self, tag: &str) -> Result<(), Cause> {
        let Some(id) = self.find(tag) else { return Ok(()) };
        self.untag(tag);
        if self.images[&id].tags.is_empty() { self.remove_image(&id) } else { Ok(()) }
    }

    /// The tags that begin with `prefix`, and their images.
    pub(super) fn named(&self, prefix: &str) -> BTreeMap<String, ImageId> {
        let tags = self.images.iter().flat_map(|(id, image)| image.tags.iter().map(|tag| (tag.clone(), id.clone())));
        tags.filter(|(tag, _)| tag.starts_with(prefix)).collect()
    }

    fn put(&mut self, id: ImageId, tag: Option<&str>, labels: Labels, mut past: Past) -> ImageId {
        tag.inspect(|tag| self.untag(tag));
        let mut tags = self.images.remove(&id).map(|same| same.tags).unwrap_or_default();
        tags.extend(tag.map(str::to_owned));
        past.images.extend(tags.iter().cloned().chain([id.0.clone()]));
        self.images.insert(id.clone(), Image { tags, labels, past });
        id
    }

    /// A tag belongs to one image at a time.
    fn untag(&mut self, tag: &str) {
        self.images.values_mut().for_each(|image| image.tags.retain(|other| other != tag));
    }
}

impl Past {
    fn meets(&self, answer: &Answer, command: &str) -> bool {
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

/// The id that a name always gets.
fn derived(name: &str) -> ImageId {
    let digest: String = Sha256::digest(name).iter().map(|byte| format!("{byte:02x}")).collect();
    ImageId(format!("sha256:{digest}"))
}
