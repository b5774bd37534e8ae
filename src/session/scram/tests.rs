use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use serde_json::{Value, json};

use super::*;

const FIRST: &str = "SASL: SCRAM-SERVER-FIRST-MESSAGE: ";
const FINAL: &str = "SASL: SCRAM-SERVER-FINAL-MESSAGE: ";
const BOTH: [&str; 2] = [SCRAM_SHA_256_PLUS, SCRAM_SHA_256];

fn certificate() -> CertificateDer<'static> {
    let pem = include_bytes!("../../tls/fixtures/self-signed.pem");
    CertificateDer::from_pem_slice(pem).unwrap()
}

fn config(channel_binding: Value, enable_channel_binding: bool) -> SessionConfig {
    serde_json::from_value(json!({
        "host": "db", "port": 5432, "user": "u", "startup": [], "scramMaxIterations": 100_000,
        "channelBinding": channel_binding, "enableChannelBinding": enable_channel_binding,
    }))
    .unwrap()
}

fn choose(
    offered: &[&str],
    certificate: Option<&[u8]>,
    config: &SessionConfig,
) -> Result<Mechanism> {
    let offered: Vec<String> = offered.iter().map(|&name| name.to_owned()).collect();
    Mechanism::choose(&offered, certificate, config)
}

fn begin(password: Option<&str>) -> Result<Scram> {
    let config = config(Value::Null, false);
    let mechanism = choose(&[SCRAM_SHA_256], None, &config).unwrap();
    Scram::begin(mechanism, password.map(str::to_owned), &config)
}

fn message_of<T>(result: Result<T>) -> String {
    result.err().unwrap().to_string()
}

#[test]
fn a_mechanism_must_be_known() {
    let certificate = certificate();
    let plain = config(Value::Null, false);
    assert_eq!(
        message_of(choose(&["OAUTHBEARER"], None, &plain)),
        "SASL: Only mechanism(s) SCRAM-SHA-256 are supported, and the server offers OAUTHBEARER: \
         have its pg_hba.conf name scram-sha-256 for this user and address"
    );
    assert_eq!(
        message_of(choose(&[], None, &config(Value::Null, true))),
        "SASL: Only mechanism(s) SCRAM-SHA-256-PLUS and SCRAM-SHA-256 are supported, and the \
         server offers no mechanism: have its pg_hba.conf name scram-sha-256 for this user and \
         address"
    );
    assert_eq!(
        message_of(choose(&[SCRAM_SHA_256_PLUS], Some(&certificate), &plain)),
        "SASL: Only mechanism(s) SCRAM-SHA-256 are supported, and the server offers \
         SCRAM-SHA-256-PLUS: set the option channel_binding to \"prefer\""
    );
}

#[test]
fn what_a_server_calls_a_mechanism_does_not_fill_a_log() {
    let long = "y".repeat(10_000);
    let offered = ["x\u{1b}[2J", &long].repeat(10);
    let message = message_of(choose(&offered, None, &config(Value::Null, false)));
    assert!(message.len() < 300, "{message}");
    assert!(!message.contains('\u{1b}'));
}

#[test]
fn the_options_the_offer_and_the_connection_decide_together() {
    let certificate = certificate();
    let require = json!("require");
    let disable = json!("disable");
    let prefer = json!("prefer");
    let unset = Value::Null;
    let plain = [SCRAM_SHA_256].as_slice();
    let both = BOTH.as_slice();
    let plus = "p=tls-server-end-point,,";
    for (binding, enabled, offered, encrypted, header) in [
        (&unset, false, both, true, "n,,"),
        (&unset, true, both, true, plus),
        (&unset, true, plain, true, "y,,"),
        (&unset, true, plain, false, "y,,"),
        (&prefer, false, both, true, plus),
        (&prefer, false, plain, true, "y,,"),
        (&prefer, true, both, false, "n,,"),
        (&disable, false, both, true, "n,,"),
        (&disable, true, both, true, "n,,"),
        (&require, false, both, true, plus),
    ] {
        let shown = encrypted.then_some(certificate.as_ref());
        let mechanism = choose(offered, shown, &config(binding.clone(), enabled)).unwrap();
        assert_eq!(mechanism.header, header, "{binding} {enabled} {offered:?}");
        assert_eq!(mechanism.name == SCRAM_SHA_256_PLUS, header == plus);
    }
    assert_eq!(
        message_of(choose(&BOTH, None, &config(unset, true))),
        "SASL: Mechanism SCRAM-SHA-256-PLUS requires a certificate"
    );
    assert!(choose(plain, Some(&certificate), &config(require, true)).is_err());
}

#[test]
fn a_password_must_be_there() {
    assert_eq!(
        message_of(begin(None)),
        format!("{FIRST}client password must be a string")
    );
    assert_eq!(
        message_of(begin(Some(""))),
        format!("{FIRST}client password must be a non-empty string")
    );
}

#[test]
fn the_first_message_is_that_of_pg() {
    let scram = begin(Some("secret")).unwrap();
    assert_eq!(scram.message, format!("n,,n=*,r={}", scram.nonce));
    assert_eq!(scram.nonce.len(), 24);
    assert_ne!(begin(Some("secret")).unwrap().nonce, scram.nonce);
}

#[tokio::test]
async fn a_server_that_does_not_know_the_password_is_found_out() {
    let scram = begin(Some("secret")).unwrap();
    let first = format!("r={}x,s=AAAA,i=2", scram.nonce);
    let proven = scram.prove(&first).await.unwrap();
    assert!(proven.message.starts_with("c=biws,r="));
    assert_eq!(
        message_of(proven.verify("v=AAAA")),
        format!("{FINAL}server signature does not match")
    );
}

#[tokio::test]
async fn the_steps_come_in_order() {
    let scram = begin(Some("secret")).unwrap();
    assert_eq!(
        message_of(scram.verify("v=AAAA")),
        "SASL: Last message was not SASLResponse"
    );
    let first = format!("r={}x,s=AAAA,i=2", scram.nonce);
    let proven = scram.prove(&first).await.unwrap();
    assert_eq!(
        message_of(proven.prove(&first).await),
        "SASL: Last message was not SASLInitialResponse"
    );
}

#[test]
fn secrets_never_print() {
    let printed = format!("{:?}", begin(Some("canary-word")).unwrap());
    assert!(!printed.contains("canary-word"), "{printed}");
}
