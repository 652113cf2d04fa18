use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use warren_runtime::config::{
    Check, ConfigError, LogConfig, LogFormat, Problems, Secret, load_from,
};

const DEFAULTS: &str = "
    [broker]
    heartbeat_seconds = 10
    max_batch = 500

    [edge]
    listen = '127.0.0.1:3000'
    allowed_origins = []
";

#[derive(Debug, Deserialize)]
struct Settings {
    log: LogConfig,
    broker: Broker,
    edge: Edge,
}

#[derive(Debug, Deserialize)]
struct Broker {
    url: Secret,
    heartbeat_seconds: u16,
    max_batch: usize,
    prefix: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Edge {
    listen: std::net::SocketAddr,
    allowed_origins: Vec<String>,
    #[serde(default)]
    ports: Vec<u16>,
    #[serde(default)]
    tls: bool,
    #[serde(default)]
    sample: f64,
    key_file: Option<PathBuf>,
    key: Option<Secret>,
    #[serde(default)]
    rates: Rates,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Rates {
    sign_in: u32,
}

impl Check for Settings {
    fn check(&self, problems: &mut Problems) {
        self.log.check(problems);
        problems.ensure(
            self.broker.heartbeat_seconds > 0,
            "broker.heartbeat_seconds",
            "must be at least 1",
        );
        problems.ensure(
            !self.broker.url.expose().is_empty(),
            "broker.url",
            "must not be empty",
        );
    }
}

/// A file that is gone when the test ends.
struct Temporary(PathBuf);

impl Temporary {
    fn new(name: &str, content: &str) -> Self {
        let path = std::env::temp_dir().join(format!("warren-{}-{name}", std::process::id()));
        fs::write(&path, content).unwrap();
        Self(path)
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

fn load(file: Option<&Path>, environment: &[(&str, &str)]) -> Result<Settings, ConfigError> {
    let owned = |(name, value): &(&str, &str)| (name.to_string(), value.to_string());
    load_from(DEFAULTS, file, environment.iter().map(owned))
}

fn with(environment: &[(&str, &str)]) -> Settings {
    let mut all = vec![("WARREN__BROKER__URL", "amqp://localhost")];
    all.extend(environment);
    load(None, &all).unwrap()
}

/// The message without its first line, one mistake per line.
fn mistakes(file: Option<&Path>, environment: &[(&str, &str)]) -> Vec<String> {
    let error = load(file, environment).unwrap_err();
    assert_eq!(error.exit_code(), 78);
    let text = error.to_string();
    text.lines()
        .skip(1)
        .map(|line| line.trim().to_owned())
        .collect()
}

#[test]
fn the_environment_wins_over_the_file_and_the_file_over_the_defaults() {
    let file = Temporary::new(
        "layers.toml",
        "[broker]\nurl = 'amqp://file'\nheartbeat_seconds = 20\n",
    );
    let settings = load(
        Some(&file.0),
        &[("WARREN__BROKER__URL", "amqp://environment")],
    )
    .unwrap();
    assert_eq!(settings.broker.url.expose(), "amqp://environment");
    assert_eq!(settings.broker.heartbeat_seconds, 20);
    assert_eq!(settings.broker.max_batch, 500);
    assert_eq!(settings.edge.listen.port(), 3000);
}

#[test]
fn texts_from_the_environment_take_the_type_of_the_field() {
    let settings = with(&[
        ("WARREN__LOG__FORMAT", "json"),
        ("WARREN__BROKER__PREFIX", "007"),
        (
            "WARREN__EDGE__ALLOWED_ORIGINS",
            "https://a.example, https://b.example,",
        ),
        ("WARREN__EDGE__PORTS", "1,2"),
        ("WARREN__EDGE__TLS", "true"),
        ("WARREN__EDGE__SAMPLE", "0.5"),
        ("WARREN__EDGE__RATES__SIGN_IN", "5"),
    ]);
    assert_eq!(settings.log.format, LogFormat::Json);
    assert_eq!(settings.broker.prefix.as_deref(), Some("007"));
    assert_eq!(
        settings.edge.allowed_origins,
        ["https://a.example", "https://b.example"]
    );
    assert_eq!(settings.edge.ports, [1, 2]);
    assert!(settings.edge.tls);
    assert_eq!(settings.edge.sample, 0.5);
    assert_eq!(settings.edge.rates.sign_in, 5);
}

#[test]
fn an_empty_variable_is_an_empty_list_and_an_absent_option() {
    let settings = with(&[
        ("WARREN__EDGE__ALLOWED_ORIGINS", ""),
        ("WARREN__BROKER__PREFIX", ""),
    ]);
    assert!(settings.edge.allowed_origins.is_empty());
    assert_eq!(settings.broker.prefix, None);
}

#[test]
fn legacy_names_work_where_the_new_name_is_not_set() {
    let legacy = [
        ("RABBITMQ_URL", "amqp://old"),
        ("ALLOWED_ORIGINS", "https://a.example,https://b.example"),
        ("USER_DB_URL", "postgres://not-of-this-process"),
        ("CHAT_DB_URL", ""),
    ];
    let settings = load(None, &legacy).unwrap();
    assert_eq!(settings.broker.url.expose(), "amqp://old");
    assert_eq!(settings.edge.allowed_origins.len(), 2);

    let settings = with(&legacy);
    assert_eq!(settings.broker.url.expose(), "amqp://localhost");
}

#[test]
fn every_mistake_is_named_at_once() {
    let file = Temporary::new(
        "mistakes.toml",
        "[broker]\nheartbeat = 5\nmax_batch = 'many'\n[brokr]\nurl = 'x'\n[users]\nanything = 1\n",
    );
    let found = mistakes(
        Some(&file.0),
        &[
            ("WARREN__BROKER__HEARTBEAT_SECONDS", "0"),
            ("WARREN__EDGE__LISTEN", "everywhere"),
            ("WARREN__EDGE__PORTS", "1,70000"),
            ("WARREN__EDGE__RATES__SIGNIN", "1"),
            ("WARREN__EDGE__TLS", "maybe"),
            ("WARREN__LOG__FORMAT", "xml"),
            ("WARREN__LOG__LEVEL", "loud"),
        ],
    );
    let file = file.0.display();
    let expected = [
        format!(
            "broker.heartbeat (environment WARREN__BROKER__HEARTBEAT): is not a key here; remove it or use \
             one of: url, heartbeat_seconds, max_batch, prefix (set in {file})"
        ),
        "broker.heartbeat_seconds (environment WARREN__BROKER__HEARTBEAT_SECONDS): must be at least 1".into(),
        format!(
            "broker.max_batch (environment WARREN__BROKER__MAX_BATCH): expected a number, found a text \
             (set in {file})"
        ),
        "broker.url (environment WARREN__BROKER__URL): is missing and has no default: set it".into(),
        format!("brokr: is not a key here; remove it or use one of: log, broker, edge (set in {file})"),
        "edge.listen (environment WARREN__EDGE__LISTEN): invalid socket address syntax (set by \
         WARREN__EDGE__LISTEN)"
            .into(),
        "edge.ports (environment WARREN__EDGE__PORTS): is out of range for u16 (set by WARREN__EDGE__PORTS)"
            .into(),
        "edge.rates.signin (environment WARREN__EDGE__RATES__SIGNIN): is not a key here; remove it or use \
         one of: sign_in (set by WARREN__EDGE__RATES__SIGNIN)"
            .into(),
        "edge.tls (environment WARREN__EDGE__TLS): expected true or false, found a text (set by \
         WARREN__EDGE__TLS)"
            .into(),
        "log.format (environment WARREN__LOG__FORMAT): must be one of: human, json (set by \
         WARREN__LOG__FORMAT)"
            .into(),
        "log.level (environment WARREN__LOG__LEVEL): `loud` is neither a level (off, error, warn, info, \
         debug, trace) nor target=level"
            .into(),
    ];
    let mut found = found;
    found.sort();
    assert_eq!(found, expected);
}

#[test]
fn a_section_given_as_a_value_is_named_with_its_variable() {
    let found = mistakes(None, &[("WARREN__EDGE", "x"), ("RABBITMQ_URL", "amqp://a")]);
    assert_eq!(
        found,
        ["edge: expected a section with keys, found a text (set by WARREN__EDGE)"]
    );
}

#[test]
fn a_missing_section_names_the_keys_that_it_must_hold() {
    let error = load_from::<Settings>("", None, []).unwrap_err().to_string();
    let keys: Vec<_> = error
        .lines()
        .skip(1)
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    let required = [
        "broker.url",
        "broker.heartbeat_seconds",
        "broker.max_batch",
        "edge.listen",
        "edge.allowed_origins",
    ];
    assert_eq!(keys, required);
}

#[test]
fn a_file_can_hold_the_value_of_a_variable() {
    let secret = Temporary::new("secret", "amqp://from-file\n");
    let path = secret.0.to_str().unwrap();
    let settings = load(
        None,
        &[
            ("WARREN__BROKER__URL_FILE", path),
            ("RABBITMQ_URL", "amqp://old"),
        ],
    )
    .unwrap();
    assert_eq!(settings.broker.url.expose(), "amqp://from-file");
}

#[test]
fn a_field_called_file_takes_its_variable_as_it_is() {
    let settings = with(&[("WARREN__EDGE__KEY_FILE", "/no/such/file")]);
    assert_eq!(settings.edge.key_file.unwrap(), Path::new("/no/such/file"));
    assert!(settings.edge.key.is_none());
}

#[test]
fn a_file_that_cannot_be_read_or_a_value_set_twice_is_one_mistake() {
    let missing = ("WARREN__BROKER__URL_FILE", "/no/such/file");
    let found = mistakes(None, &[missing]);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with(
        "broker.url (environment WARREN__BROKER__URL): the file it names cannot be read: No such file"
    ));
    assert!(found[0].ends_with("(set by WARREN__BROKER__URL_FILE)"));

    let found = mistakes(None, &[missing, ("WARREN__BROKER__URL", "amqp://a")]);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("keep one of WARREN__BROKER__URL and WARREN__BROKER__URL_FILE"));
}

#[test]
fn secrets_are_not_printed() {
    const PASSWORD: &str = "hunter2";
    let settings = with(&[("WARREN__EDGE__KEY", PASSWORD)]);
    assert_eq!(settings.edge.key.as_ref().unwrap().expose(), PASSWORD);
    let debug = format!("{settings:?}");
    assert!(
        debug.contains("[secret]") && !debug.contains(PASSWORD),
        "{debug}"
    );

    // Neither is a value that stands in the wrong place, nor a line that is not TOML.
    for (name, content) in [
        ("place.toml", "[broker]\nheartbeat_seconds = 'hunter2'"),
        ("variant.toml", "[log]\nformat = 'hunter2'"),
        ("list.toml", "[broker]\nurl = ['hunter2']"),
        ("syntax.toml", "[broker]\nurl = 'hunter2\n"),
        ("bare.toml", "[broker]\nurl = hunter2\n"),
    ] {
        let file = Temporary::new(name, content);
        let error = load(Some(&file.0), &[]).unwrap_err();
        let text = format!("{error} {error:?}");
        assert!(!text.contains(PASSWORD), "{name}: {text}");
    }
}

#[test]
fn a_file_that_is_missing_or_not_toml_is_named() {
    let found = mistakes(Some(Path::new("/no/such/warren.toml")), &[]);
    assert_eq!(found.len(), 1);
    assert!(
        found[0].starts_with("/no/such/warren.toml: cannot be read"),
        "{found:?}"
    );

    let file = Temporary::new("broken.toml", "[log]\n[broker\n");
    let found = mistakes(Some(&file.0), &[]);
    assert!(
        found[0].contains("broken.toml: is not valid TOML, line 2: "),
        "{found:?}"
    );
}

#[test]
fn a_password_of_digits_stays_as_it_is_written() {
    assert_eq!(
        with(&[("WARREN__EDGE__KEY", "007")])
            .edge
            .key
            .unwrap()
            .expose(),
        "007"
    );
}
