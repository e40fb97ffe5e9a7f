//! One image built by the classic builder, which every engine that speaks Docker's API has. It hands on what the build
//! prints and keeps the end of it for the error.

use std::collections::VecDeque;
use std::time::Duration;

use bollard::Docker;
use bollard::errors::Error;
use bollard::models::BuildInfo;
use bollard::query_parameters::BuildImageOptions;
use futures_util::StreamExt;
use tokio::time::timeout;

use super::{made, told};
use crate::engine::{BuildRequest, Cause, ImageId};
use crate::normalize::plain;

/// How many of a failed build's last lines its error holds.
const BUILD_TAIL: usize = 15;

/// Builds, unless nothing is heard of it for too long; dropped meanwhile, the connection closes, upon which the engine stops and removes what it was building in.
pub(super) async fn build(
    api: &Docker,
    request: BuildRequest,
    line: &(dyn Fn(&str) + Send + Sync),
    silence: Duration,
) -> Result<ImageId, Cause> {
    let options = BuildImageOptions {
        t: Some(request.tag.clone()),
        buildargs: Some(request.args.into_iter().collect()),
        labels: Some(request.labels.into_iter().collect()),
        networkmode: request.network,
        rm: true,
        // Also the container of a line that fails goes.
        forcerm: true,
        ..Default::default()
    };
    let mut said = Said::default();
    let mut infos = api.build_image(options, None, Some(bollard::body_full(request.context.into())));
    while let Some(info) = timeout(silence, infos.next()).await.map_err(|_| said.with_tail(&Error::RequestTimeoutError))? {
        said.take(info.map_err(|error| said.with_tail(&error))?, line);
    }
    made(api, &request.tag).await
}

/// What a build has printed: the line still growing, and the last whole ones.
#[derive(Default)]
struct Said {
    growing: String,
    tail: VecDeque<String>,
}

impl Said {
    fn take(&mut self, info: BuildInfo, line: &(dyn Fn(&str) + Send + Sync)) {
        self.growing.push_str(&info.stream.unwrap_or_default());
        while let Some(end) = self.growing.find('\n') {
            let whole: String = self.growing.drain(..=end).collect();
            // The builder colours what comes from standard error.
            let whole = plain(whole.trim_end());
            if whole.is_empty() {
                continue;
            }
            line(&whole);
            if self.tail.len() == BUILD_TAIL {
                self.tail.pop_front();
            }
            self.tail.push_back(whole);
        }
    }

    fn with_tail(&self, error: &Error) -> Cause {
        let tail: String = self.tail.iter().map(|line| format!("\n    {line}")).collect();
        format!("{}{tail}", told(error)).into()
    }
}
