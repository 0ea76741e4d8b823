//! What a request says about what it wants.

use std::collections::HashMap;
use std::time::Duration;

use axum::extract::Query;
use axum::http::{HeaderMap, StatusCode, Uri};

use super::begin::{self, FORMS, From, Offsets};
use super::config::Consumption;
use super::poll::Portion;
use super::reader::Membership;
use crate::gateway::problem::Problem;
use crate::settings::Period;

/// Records that a poll asks for where it does not say how many.
const RECORDS: usize = 100;

/// How long a poll waits where it does not say how long.
const WAIT: Duration = Duration::from_secs(1);

/// Records that a WebSocket's client may leave unacknowledged where it does not say how many, and the most that it may.
const WINDOW: (usize, usize) = (100, 10_000);

/// The header in which a browser says what it has seen last of a stream.
const LAST_EVENT_ID: &str = "last-event-id";

/// The parameters of a request; each may stand once.
#[derive(Debug)]
pub(super) struct Parameters(HashMap<String, String>);

impl Parameters {
    /// Reads them; only those in `known` may be there.
    pub(super) fn read(uri: &Uri, known: &[&str]) -> Result<Self, Problem> {
        let Query(pairs) = Query::<Vec<(String, String)>>::try_from_uri(uri)
            .map_err(|error| refused(format!("the query can't be read: {error}")))?;
        let mut parameters = HashMap::with_capacity(pairs.len());
        for (name, value) in pairs {
            if !known.contains(&name.as_str()) {
                return Err(refused(format!("'{name}' is none of the parameters {}", known.join(", "))));
            }
            if parameters.insert(name.clone(), value).is_some() {
                return Err(refused(format!("'{name}' stands twice")));
            }
        }
        Ok(Self(parameters))
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// The group, if one is named.
    pub(super) fn group(&self) -> Result<Option<&str>, Problem> {
        match self.get("group") {
            Some("") => Err(refused("'group' is empty")),
            Some(group) if group.len() > 249 || group.contains(char::is_control) => {
                Err(refused("'group' is no group's name: 1 to 249 bytes without control characters"))
            }
            group => Ok(group),
        }
    }

    /// The group, where there has to be one.
    pub(super) fn required_group(&self) -> Result<&str, Problem> {
        self.group()?.ok_or_else(|| refused("'group' is missing"))
    }

    /// How to read.
    pub(super) fn membership(&self, behind: Offsets) -> Result<Membership, Problem> {
        let from = match self.get("from") {
            None => None,
            Some(text) => {
                Some(From::parse(text).ok_or_else(|| refused(format!("'from' is '{text}', expected {FORMS}")))?)
            }
        };
        match (self.group()?, from) {
            (None, from) => Ok(Membership::None { from: from.unwrap_or(From::Earliest), behind }),
            (Some(group), from) => {
                let reset = match from {
                    None => None,
                    Some(from) => Some(from.reset().ok_or_else(|| {
                        refused("with 'group', 'from' is earliest or latest: where to begin where the group has committed nothing")
                    })?),
                };
                Ok(Membership::Group { name: group.to_owned(), reset, behind })
            }
        }
    }

    /// How much a poll gets.
    pub(super) fn portion(&self, limits: &Consumption) -> Result<Portion, Problem> {
        let records = self.number("max")?.unwrap_or(RECORDS).min(limits.max_records);
        let wait = match self.get("wait") {
            None => WAIT,
            Some(text) => text.parse::<Period>().map_err(|error| refused(format!("'wait': {error}")))?.0,
        };
        Ok(Portion { records, bytes: limits.buffer, wait: wait.min(limits.max_wait) })
    }

    /// Whether the next poll says that the records of this one are handled.
    pub(super) fn commits_by_itself(&self) -> Result<bool, Problem> {
        match self.get("commit") {
            None | Some("auto") => Ok(true),
            Some("explicit") => Ok(false),
            Some(text) => Err(refused(format!("'commit' is '{text}', expected auto or explicit"))),
        }
    }

    /// Records that a client may leave unacknowledged.
    pub(super) fn window(&self) -> Result<usize, Problem> {
        Ok(self.number("window")?.unwrap_or(WINDOW.0).min(WINDOW.1))
    }

    fn number(&self, name: &str) -> Result<Option<usize>, Problem> {
        let Some(text) = self.get(name) else { return Ok(None) };
        match text.parse() {
            Ok(number @ 1..) => Ok(Some(number)),
            _ => Err(refused(format!("'{name}' is '{text}', expected a number from 1 up"))),
        }
    }
}

/// What a client has seen last of each partition.
pub(super) fn last_seen(headers: &HeaderMap) -> Result<Offsets, Problem> {
    let Some(value) = headers.get(LAST_EVENT_ID) else { return Ok(Offsets::new()) };
    let text = value.to_str().map_err(|_| refused("Last-Event-ID is not text"))?;
    if text.is_empty() {
        return Ok(Offsets::new());
    }
    begin::parse_offsets(text).ok_or_else(|| {
        refused(format!("Last-Event-ID is '{text}', expected PARTITION:OFFSET, or more of them behind commas"))
    })
}

/// A request that can't be understood.
pub(super) fn refused(why: impl Into<String>) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, why)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: [&str; 6] = ["group", "max", "wait", "from", "commit", "window"];

    fn read(query: &str) -> Result<Parameters, Problem> {
        Parameters::read(&format!("/x?{query}").parse().unwrap(), &KNOWN)
    }

    #[test]
    fn what_is_not_said_has_a_default_and_what_is_too_much_is_capped() {
        let limits = Consumption::default();
        let portion = |query: &str| read(query).unwrap().portion(&limits).unwrap();
        let all = Portion { records: 100, bytes: limits.buffer, wait: Duration::from_secs(1) };
        assert_eq!(portion(""), all);
        assert_eq!(portion("max=7&wait=500ms"), Portion { records: 7, wait: Duration::from_millis(500), ..all });
        assert_eq!(portion("max=99999999&wait=2h"), Portion { records: 1000, wait: limits.max_wait, ..all });
        assert_eq!(read("window=1000000").unwrap().window().unwrap(), 10_000);
        assert!(read("").unwrap().commits_by_itself().unwrap());
        assert!(!read("commit=explicit").unwrap().commits_by_itself().unwrap());
        assert_eq!(read("group=a%2Fb").unwrap().group().unwrap(), Some("a/b"));
    }

    #[test]
    fn what_can_not_be_understood_is_refused() {
        assert!(read("gruop=a").is_err());
        assert!(read("max=1&max=2").is_err());
        let limits = Consumption::default();
        for query in ["max=0", "max=-1", "max=x", "wait=5", "wait=soon"] {
            assert!(read(query).unwrap().portion(&limits).is_err(), "{query}");
        }
        assert!(read("group=").unwrap().group().is_err());
        assert!(read("commit=never").unwrap().commits_by_itself().is_err());
        assert!(read("group=g&from=offset:0:1").unwrap().membership(Offsets::new()).is_err());
        assert!(read("from=now").unwrap().membership(Offsets::new()).is_err());
        let headers = |text: &'static str| {
            HeaderMap::from_iter([(
                axum::http::HeaderName::from_static(LAST_EVENT_ID),
                axum::http::HeaderValue::from_bytes(text.as_bytes()).unwrap(),
            )])
        };
        assert_eq!(last_seen(&headers("3:41")).unwrap(), Offsets::from([(3, 41)]));
        assert_eq!(last_seen(&headers("3:41, 0:7")).unwrap(), Offsets::from([(0, 7), (3, 41)]));
        assert!(last_seen(&headers("41")).is_err());
        assert_eq!(last_seen(&headers("")).unwrap(), Offsets::new());
        assert!(last_seen(&headers("\u{84}")).is_err());
    }
}
