//! Topics that are treated alike.

use std::sync::Arc;
use std::time::Instant;

use axum::http::{HeaderMap, StatusCode};

use super::authentication::Principal;
use super::config::{Access, RouteConfig};
use super::problem::Problem;
use super::rate::Rate;
use crate::schema::Context;
use crate::transform::context::{ContextError, ContextRule};

/// Topics that are treated alike.
#[derive(Debug)]
pub(super) struct Route {
    /// Which of the config's routes it is.
    pub(super) index: usize,
    /// What the config says.
    pub(super) config: RouteConfig,
    rate: Option<Rate>,
}

/// All routes, in the order in which they are looked for.
#[derive(Debug)]
pub(super) struct Routes(Vec<Arc<Route>>);

impl Routes {
    pub(super) fn new(configs: Vec<RouteConfig>) -> Self {
        let route = |(index, config): (usize, RouteConfig)| {
            let rate = config.max_requests_per_second.map(|per_second| Rate::new(per_second, Instant::now()));
            Arc::new(Route { index, config, rate })
        };
        Self(configs.into_iter().enumerate().map(route).collect())
    }

    /// The first route that has this topic.
    pub(super) fn find(&self, topic: &str) -> Option<&Arc<Route>> {
        self.0.iter().find(|route| route.config.topics.contains(topic))
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Arc<Route>> {
        self.0.iter()
    }
}

impl Route {
    /// Fails where somebody may not do this.
    pub(super) fn authorize(&self, principal: &Principal, access: Access) -> Result<(), Problem> {
        let Some(allow) = &self.config.allow else { return Ok(()) };
        if principal.is_among(allow.names(access)) {
            return Ok(());
        }
        let what = match access {
            Access::Produce => "write to",
            Access::Consume => "read",
        };
        let who = principal.name().unwrap_or_default();
        Err(Problem::new(StatusCode::FORBIDDEN, format!("'{who}' may not {what} this topic")))
    }

    /// Counts a request; fails where there are too many.
    pub(super) fn admit(&self) -> Result<(), Problem> {
        match &self.rate {
            Some(rate) if !rate.admits(Instant::now()) => {
                Err(Problem::overload(format!("more than {} requests a second", rate.per_second())))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// The context that a request to this topic is about.
    pub(super) fn context(&self, topic: &str, headers: &HeaderMap) -> Result<Context, ContextError> {
        match &self.config.context {
            ContextRule::Literal(context) => Ok(context.clone()),
            ContextRule::Header(name) => {
                let value = headers.get_all(name.as_str()).iter().next_back();
                ContextRule::of_header(name, value.map(axum::http::HeaderValue::as_bytes))
            }
            rule @ ContextRule::Topic(_) => rule.of_topic(topic)?.ok_or_else(|| ContextError::Topic(topic.to_owned())),
        }
    }

    /// Whether the context is told by the config alone, and not by whoever makes a request.
    pub(super) fn says_context(&self) -> bool {
        matches!(self.config.context, ContextRule::Literal(_))
    }
}
