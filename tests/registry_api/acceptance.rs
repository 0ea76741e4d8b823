//! What a registry must answer, as data: `acceptance/*.jsonl`, a step a line.
//!
//! `{"case": "…"}` begins a case, which finds an empty registry. A step has
//!
//! - `do`: method and path; `send`: the body (a `schema` in it that is not text is sent as its text); `raw`: the body as it
//!   is; `headers`: beside the usual ones;
//! - `status` (200 unless said), or `error` for an error code with the status that goes with it, and its `message`;
//! - `body`: what the answer has at least (members that are not named may be there; arrays are complete); `absent`:
//!   members that it has not; `text`: the answer as it is;
//! - `save`: names for parts of the answer, by JSON Pointer; `{name}` stands for the value in the steps that follow;
//! - `times`: how often, with `{n}` for the number from 1.
//!
//! Cases run against registries of this process, in memory and in a file. With the variable `SERDECAR_ACCEPTANCE_URL` they
//! run against the registry there, which they empty before each case; a case with `"fresh": true` needs ids that nobody has
//! had and is left out. `{case}` is there for names that no other case has. Messages are compared in this process alone.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use reqwest::Method;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use serdecar::schema::QualifiedNames;
use serdecar::server::{Registry, StoreKind};

use crate::client::{Answer, Api, Client};
use crate::process::undisturbed;

#[derive(Debug, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
enum Line {
    Case {
        case: String,
        #[serde(default)]
        fresh: bool,
    },
    Step(Box<Step>),
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    #[serde(rename = "do")]
    request: String,
    send: Option<Value>,
    raw: Option<String>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    status: Option<u16>,
    error: Option<u64>,
    message: Option<String>,
    body: Option<Value>,
    #[serde(default)]
    absent: Vec<String>,
    text: Option<String>,
    #[serde(default)]
    save: BTreeMap<String, String>,
    #[serde(default = "once")]
    times: usize,
}

fn once() -> usize {
    1
}

#[derive(Debug)]
struct Case {
    name: String,
    fresh: bool,
    /// Each with the place it stands at.
    steps: Vec<(String, Step)>,
}

fn cases() -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/registry_api/acceptance");
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let mut cases: Vec<Case> = Vec::new();
    for file in files {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        for (number, line) in fs::read_to_string(&file).unwrap().lines().enumerate() {
            let place = format!("{name}:{}", number + 1);
            match serde_json::from_str(line).unwrap_or_else(|error| panic!("{place}: {error}")) {
                Line::Case { case, fresh } => {
                    cases.push(Case { name: format!("{name}: {case}"), fresh, steps: Vec::new() });
                }
                Line::Step(step) => cases.last_mut().expect("a case").steps.push((place, *step)),
            }
        }
    }
    cases
}

/// What `{name}` stands for.
type Names = Map<String, Value>;

/// Text with what its names stand for; a text that is nothing but a name becomes the value itself.
fn filled(value: &Value, names: &Names) -> Value {
    match value {
        Value::String(text) => {
            let whole = text.strip_prefix('{').and_then(|name| name.strip_suffix('}'));
            whole.and_then(|name| names.get(name)).cloned().unwrap_or_else(|| Value::String(filled_text(text, names)))
        }
        Value::Array(items) => items.iter().map(|item| filled(item, names)).collect(),
        Value::Object(members) => {
            members.iter().map(|(name, value)| (filled_text(name, names), filled(value, names))).collect()
        }
        other => other.clone(),
    }
}

fn filled_text(text: &str, names: &Names) -> String {
    names.iter().fold(text.to_owned(), |text, (name, value)| {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        text.replace(&format!("{{{name}}}"), &value)
    })
}

/// Whether an answer has everything that is expected of it.
fn has(found: &Value, expected: &Value) -> bool {
    match (found, expected) {
        (Value::Object(found), Value::Object(expected)) => {
            expected.iter().all(|(name, value)| found.get(name).is_some_and(|found| has(found, value)))
        }
        (Value::Array(found), Value::Array(expected)) => {
            found.len() == expected.len() && found.iter().zip(expected).all(|(found, expected)| has(found, expected))
        }
        (found, expected) => found == expected,
    }
}

struct Run<'a> {
    client: &'a Client,
    names: Names,
    messages: bool,
}

impl Run<'_> {
    /// Does what a step says. What is wrong with the answer, if anything is.
    async fn run(&mut self, step: &Step) -> Result<(), String> {
        for n in 1..=step.times {
            self.names.insert("n".to_owned(), json!(n));
            let (status, text) = self.send(step).await;
            let body: Value = serde_json::from_str(&text).unwrap_or(Value::Null);
            let departure = self.departure(step, status, &body, &text);
            if let Some(expected) = departure {
                return Err(format!("{} ({n}): {status} {text}\n  expected {expected}", step.request));
            }
            for (name, pointer) in &step.save {
                let value = body.pointer(pointer).ok_or_else(|| format!("{}: no {pointer} in {text}", step.request))?;
                self.names.insert(name.clone(), value.clone());
            }
        }
        Ok(())
    }

    /// What a step expects and an answer has not.
    fn departure(&self, step: &Step, status: u16, body: &Value, text: &str) -> Option<String> {
        let expected = match step.error {
            Some(code) if code < 1_000 => u16::try_from(code).unwrap(),
            Some(code) => u16::try_from(code / 100).unwrap(),
            None => step.status.unwrap_or(200),
        };
        if status != expected {
            return Some(format!("status {expected}"));
        }
        if let Some(code) = step.error.filter(|code| body["error_code"] != *code) {
            return Some(format!("error code {code}"));
        }
        let message = step.message.as_ref().filter(|_| self.messages).map(|message| filled_text(message, &self.names));
        if let Some(message) = message.filter(|message| body["message"] != **message) {
            return Some(format!("the message {message}"));
        }
        let expected = step.body.as_ref().map(|expected| filled(expected, &self.names));
        if let Some(expected) = expected.filter(|expected| !has(body, expected)) {
            return Some(expected.to_string());
        }
        if let Some(expected) = step.text.as_ref().filter(|expected| *expected != text) {
            return Some(format!("the text {expected}"));
        }
        step.absent.iter().find(|member| body.get(member).is_some()).map(|member| format!("no {member}"))
    }

    async fn send(&self, step: &Step) -> (u16, String) {
        let (method, path) = step.request.split_once(' ').unwrap();
        let path = filled_text(path, &self.names);
        let mut request = self.client.request(Method::from_bytes(method.as_bytes()).unwrap(), &path);
        let json = "application/vnd.schemaregistry.v1+json";
        if let Some(body) = &step.send {
            let mut body = filled(body, &self.names);
            if let Some(schema) = body.get_mut("schema").filter(|schema| schema.is_object() || schema.is_array()) {
                *schema = Value::String(schema.to_string());
            }
            request = request.header("Content-Type", json).body(body.to_string());
        }
        if let Some(raw) = &step.raw {
            if !step.headers.contains_key("Content-Type") {
                request = request.header("Content-Type", json);
            }
            request = request.body(raw.clone());
        }
        for (name, value) in &step.headers {
            request = request.header(name, value);
        }
        self.client.text(request).await
    }
}

/// Runs a case as far as it goes; where and why not, if it does not go to its end.
async fn run(client: &Client, number: usize, case: &Case, messages: bool) -> Result<(), String> {
    let id = if messages { String::new() } else { format!("x{}n{number}", std::process::id()) };
    let names = Map::from_iter([("case".to_owned(), Value::String(id))]);
    let mut run = Run { client, names, messages };
    for (place, step) in &case.steps {
        run.run(step).await.map_err(|failure| format!("{place} ({}): {failure}", case.name))?;
    }
    Ok(())
}

/// Takes everything away that a registry shows.
async fn empty(client: &Client) {
    let names = |(status, body): Answer| -> Vec<String> {
        assert_eq!(status, 200, "{body}");
        serde_json::from_value(body).unwrap()
    };
    for mode in ["/:.__GLOBAL:", ""] {
        client.delete(&format!("/mode{mode}")).await;
        client.delete(&format!("/config{mode}")).await;
    }
    for context in names(client.get("/contexts").await) {
        client.delete(&format!("/mode/:{context}:?recursive=true")).await;
        client.delete(&format!("/config/:{context}:")).await;
    }
    // What others refer to goes after them.
    for _ in 0..20 {
        for query in ["", "?permanent=true"] {
            for subject in names(client.get("/subjects?deleted=true&subjectPrefix=:*:").await) {
                let subject = percent_encoding::utf8_percent_encode(&subject, percent_encoding::NON_ALPHANUMERIC);
                client.delete(&format!("/subjects/{subject}{query}")).await;
            }
        }
    }
    for context in names(client.get("/contexts").await).into_iter().filter(|context| context != ".") {
        client.delete(&format!("/contexts/{context}")).await;
    }
}

/// What a registry shows as a whole.
async fn shown(client: &Client) -> Vec<Answer> {
    let mut answers = Vec::new();
    for path in [
        "/contexts",
        "/subjects?deleted=true",
        "/schemas?subjectPrefix=:*:&deleted=true",
        "/config?defaultToGlobal=true",
        "/mode?defaultToGlobal=true",
    ] {
        answers.push(client.get(path).await);
    }
    answers
}

#[tokio::test]
async fn a_registry_answers_as_the_cases_say() {
    let cases = cases();
    assert!(cases.len() > 40, "only {} cases", cases.len());
    let mut failures = Vec::new();
    if let Ok(url) = std::env::var("SERDECAR_ACCEPTANCE_URL") {
        let client = Client::new(url.trim_end_matches('/').to_owned());
        for (number, case) in cases.iter().enumerate().filter(|(_, case)| !case.fresh) {
            empty(&client).await;
            failures.extend(run(&client, number, case, false).await.err());
        }
    } else {
        for (number, case) in cases.iter().enumerate() {
            let api = Api::start().await;
            failures.extend(run(&api, number, case, true).await.err());
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[tokio::test]
async fn a_registry_with_a_file_answers_as_the_cases_say_and_remembers() {
    if std::env::var_os("SERDECAR_ACCEPTANCE_URL").is_some() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for (number, case) in cases().iter().enumerate() {
        let store = StoreKind::File(folder.path().join(number.to_string()));
        let registry = Registry::open(&store, QualifiedNames::On).unwrap();
        let api = Api::serve(registry.clone()).await;
        assert_eq!(run(&api, number, case, true).await, Ok(()));
        let before = shown(&api).await;
        api.stop().await.unwrap().unwrap();
        registry.close();
        let again = undisturbed(|| Registry::open(&store, QualifiedNames::On).unwrap());
        let api = Api::serve(again).await;
        assert_eq!(shown(&api).await, before, "{}", case.name);
    }
}
