//! Whom a set of certificates vouches for, with OpenSSL's idea of it.

use std::ops::RangeInclusive;

use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::crypto::WebPkiSupportedAlgorithms;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, Error, RootCertStore};

use super::certificate;

/// Trusted certificates. A chain must end in a self-signed one of them, as it must in Node without
/// `allowPartialTrustChain`; the others only help to get there. To webpki each would be an anchor.
#[derive(Debug)]
pub(super) struct Trust {
    roots: RootCertStore,
    /// The lives of `roots`, one by one, which webpki does not ask for.
    lives: Vec<Option<RangeInclusive<i64>>>,
    /// All certificates, the self-signed ones first.
    certificates: Vec<CertificateDer<'static>>,
    self_signed: usize,
}

impl Trust {
    /// What webpki cannot use is left out.
    pub(super) fn new(certificates: Vec<CertificateDer<'static>>) -> Self {
        let is_root = |it: &CertificateDer<'_>| certificate::is_self_issued(it);
        let (mut certificates, intermediates): (Vec<_>, Vec<_>) =
            certificates.into_iter().partition(is_root);
        let mut roots = RootCertStore::empty();
        let mut lives = Vec::new();
        for certificate in &certificates {
            if roots.add(certificate.clone()).is_ok() {
                lives.push(certificate::validity(certificate));
            }
        }
        let self_signed = certificates.len();
        certificates.extend(intermediates);
        Self {
            roots,
            lives,
            certificates,
            self_signed,
        }
    }

    /// All of them.
    pub(super) fn certificates(&self) -> &[CertificateDer<'static>] {
        &self.certificates
    }

    /// Whether this very certificate, a self-signed one, is trusted.
    pub(super) fn lists(&self, certificate: &CertificateDer<'_>) -> bool {
        self.certificates[..self.self_signed].contains(certificate)
    }

    /// Verifies the chain and the name.
    pub(super) fn verify(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        now: UnixTime,
        algorithms: &WebPkiSupportedAlgorithms,
    ) -> Result<(), Error> {
        let leaf = ParsedCertificate::try_from(end_entity)?;
        let known: Vec<_> = intermediates
            .iter()
            .chain(&self.certificates[self.self_signed..])
            .map(|certificate| CertificateDer::from(certificate.as_ref()))
            .collect();
        let chain = |roots: &RootCertStore| {
            verify_server_cert_signed_by_trust_anchor(&leaf, roots, &known, now, algorithms.all)
        };
        let seconds = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
        match self.without_outdated(seconds) {
            None => chain(&self.roots)?,
            Some((valid, fault)) => {
                chain(&valid).map_err(|error| match chain(&self.roots) {
                    Ok(()) => fault.into(),
                    Err(_) => error,
                })?;
            }
        }
        verify_server_name(&leaf, server_name)
    }

    /// The roots that are valid, and what is wrong with the others; `None` if all are.
    fn without_outdated(&self, now: i64) -> Option<(RootCertStore, CertificateError)> {
        let fault = self.lives.iter().flatten().find_map(|life| {
            if now < *life.start() {
                Some(CertificateError::NotValidYet)
            } else if now > *life.end() {
                Some(CertificateError::Expired)
            } else {
                None
            }
        })?;
        let is_valid =
            |life: &Option<RangeInclusive<i64>>| life.as_ref().is_none_or(|it| it.contains(&now));
        let roots = self.roots.roots.iter().zip(&self.lives);
        let roots = roots
            .filter(|(_, life)| is_valid(life))
            .map(|(root, _)| root.clone())
            .collect();
        Some((RootCertStore { roots }, fault))
    }
}

/// Whether rustls trusts in these PEM texts what OpenSSL would.
pub fn can_trust<'a>(texts: impl IntoIterator<Item = &'a str>) -> bool {
    texts.into_iter().all(|text| {
        !has_other_names(text)
            && sections(text).all(|certificate| {
                certificate.is_ok_and(|certificate| RootCertStore::empty().add(certificate).is_ok())
            })
    })
}

/// Whether rustls can show the chain in this PEM text as a client's.
pub fn can_present(text: &str) -> bool {
    let chain: Result<Vec<_>, _> = sections(text).collect();
    !has_other_names(text)
        && chain.is_ok_and(|chain| {
            chain
                .first()
                .is_some_and(|leaf| ParsedCertificate::try_from(leaf).is_ok())
        })
}

/// OpenSSL knows two more names for a certificate.
fn has_other_names(text: &str) -> bool {
    text.contains("-----BEGIN TRUSTED CERTIFICATE") || text.contains("-----BEGIN X509 CERTIFICATE")
}

/// The certificates of a PEM text, as far as it can be read; so OpenSSL reads it.
pub(super) fn readable(text: &str) -> impl Iterator<Item = CertificateDer<'static>> + '_ {
    sections(text).map_while(Result::ok)
}

fn sections(text: &str) -> impl Iterator<Item = Result<CertificateDer<'static>, pem::Error>> + '_ {
    CertificateDer::pem_slice_iter(text.as_bytes())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, reason = "tests")]
mod tests {
    use std::time::Duration;

    use rustls::crypto::ring;

    use super::*;

    /// 2026 to 2036.
    const ROOT: &str = include_str!("fixtures/chain-root.pem");
    const INTERMEDIATE: &str = include_str!("fixtures/chain-intermediate.pem");
    /// db.example, signed by the intermediate.
    const LEAF: &str = include_str!("fixtures/chain-leaf.pem");
    /// Another authority, 2026 to 2126.
    const OTHER: &str = include_str!("fixtures/self-signed.pem");

    const IN_2030: u64 = 1_900_000_000;

    fn trust(texts: &[&str]) -> Trust {
        Trust::new(texts.iter().flat_map(|text| readable(text)).collect())
    }

    fn certificate(text: &str) -> CertificateDer<'static> {
        readable(text).next().unwrap()
    }

    fn verify(trust: &Trust, chain: &[&str], now: u64) -> Result<(), CertificateError> {
        let chain: Vec<_> = chain.iter().map(|text| certificate(text)).collect();
        let verified = trust.verify(
            &chain[0],
            &chain[1..],
            &ServerName::try_from("db.example").unwrap(),
            UnixTime::since_unix_epoch(Duration::from_secs(now)),
            &ring::default_provider().signature_verification_algorithms,
        );
        verified.map_err(|error| match error {
            Error::InvalidCertificate(reason) => reason,
            other => panic!("{other}"),
        })
    }

    #[test]
    fn an_intermediate_helps_a_root_and_is_none_by_itself() {
        let unknown = Err(CertificateError::UnknownIssuer);
        for (ca, sent, expected) in [
            (&[ROOT][..], &[LEAF, INTERMEDIATE][..], Ok(())),
            (&[ROOT], &[LEAF], unknown.clone()),
            (&[ROOT, INTERMEDIATE], &[LEAF], Ok(())),
            (&[INTERMEDIATE], &[LEAF], unknown.clone()),
            (
                &[INTERMEDIATE],
                &[LEAF, INTERMEDIATE, ROOT],
                unknown.clone(),
            ),
            (&[LEAF], &[LEAF], unknown.clone()),
            (&[], &[LEAF, INTERMEDIATE, ROOT], unknown),
        ] {
            assert_eq!(verify(&trust(ca), sent, IN_2030), expected);
        }
    }

    #[test]
    fn roots_count_while_they_are_valid() {
        // A leaf as old as its root would fail by itself.
        let roots = |ca: &[&str], now| trust(ca).without_outdated(now).map(|(it, _)| it.len());
        assert_eq!(roots(&[ROOT, OTHER], 1_900_000_000), None);
        assert_eq!(roots(&[ROOT, OTHER], 2_524_600_000), Some(1));
        assert_eq!(roots(&[ROOT, OTHER], 0), Some(0));
    }

    #[test]
    fn what_webpki_cannot_read_is_not_trusted_by_rustls() {
        let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        let odd = "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n";
        assert!(can_trust([ROOT, INTERMEDIATE, "no certificate"]));
        let renamed = |name: &str| ROOT.replace("CERTIFICATE", name);
        for text in [
            format!("{ROOT}{broken}"),
            format!("{odd}{ROOT}"),
            renamed("TRUSTED CERTIFICATE"),
            renamed("X509 CERTIFICATE"),
        ] {
            assert!(!can_trust([OTHER, &text]), "{text}");
        }
        assert!(can_present(LEAF));
        assert!(!can_present(broken));
        assert!(!can_present(""));
    }
}
