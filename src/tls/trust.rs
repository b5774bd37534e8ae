//! Whom a set of certificates vouches for, with OpenSSL's idea of it.

use std::ops::RangeInclusive;

use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::crypto::WebPkiSupportedAlgorithms;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, Error, RootCertStore};

use super::{certificate, purpose};

/// Trusted certificates. A chain must end in a self-signed one of them, as it must in Node without
/// `allowPartialTrustChain`; the others only help to get there. To webpki each would be an anchor.
#[derive(Debug)]
pub(super) struct Trust {
    roots: RootCertStore,
    /// The limits of `roots`, one by one, which webpki does not ask for.
    limits: Vec<Limits>,
    /// All certificates, the self-signed ones first.
    certificates: Vec<CertificateDer<'static>>,
    self_signed: usize,
}

/// For whom, and until when, a root vouches.
#[derive(Debug)]
struct Limits {
    /// The most authorities between it and a server.
    room_below: usize,
    life: Option<RangeInclusive<i64>>,
}

impl Limits {
    /// What keeps the root from vouching for a chain with this many authorities in between.
    fn fault(&self, now: i64, between: usize) -> Option<CertificateError> {
        if between > self.room_below {
            // Perhaps: only OpenSSL counts those that are used.
            return Some(CertificateError::InvalidPurpose);
        }
        let life = self.life.as_ref()?;
        if now < *life.start() {
            Some(CertificateError::NotValidYet)
        } else if now > *life.end() {
            Some(CertificateError::Expired)
        } else {
            None
        }
    }
}

impl Trust {
    /// What webpki cannot use is left out, and so is what OpenSSL would not let be an authority.
    pub(super) fn new(certificates: Vec<CertificateDer<'static>>) -> Self {
        let is_root = |it: &CertificateDer<'_>| certificate::is_self_signed(it);
        let (mut certificates, intermediates): (Vec<_>, Vec<_>) =
            certificates.into_iter().partition(is_root);
        let mut roots = RootCertStore::empty();
        let mut limits = Vec::new();
        for certificate in &certificates {
            if let Some(room_below) = purpose::room_below(certificate)
                && roots.add(certificate.clone()).is_ok()
            {
                let life = certificate::validity(certificate);
                limits.push(Limits { room_below, life });
            }
        }
        let self_signed = certificates.len();
        certificates.extend(intermediates);
        Self {
            roots,
            limits,
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
        let helping = self.certificates[self.self_signed..]
            .iter()
            .filter(|certificate| purpose::may_certify(certificate));
        let known: Vec<_> = intermediates
            .iter()
            .chain(helping)
            .map(|certificate| CertificateDer::from(certificate.as_ref()))
            .collect();
        let is_between = |it: &&CertificateDer<'_>| !certificate::is_self_issued(it);
        let between = known.iter().filter(is_between).count();
        let chain = |roots: &RootCertStore| {
            verify_server_cert_signed_by_trust_anchor(&leaf, roots, &known, now, algorithms.all)
        };
        let seconds = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
        match self.without_unfit(seconds, between) {
            None => chain(&self.roots)?,
            Some((fit, fault)) => {
                chain(&fit).map_err(|error| match chain(&self.roots) {
                    Ok(()) => fault.into(),
                    Err(_) => error,
                })?;
            }
        }
        verify_server_name(&leaf, server_name)
    }

    /// The roots that are fit for a chain, and what is wrong with the others; `None` if all are.
    fn without_unfit(&self, now: i64, between: usize) -> Option<(RootCertStore, CertificateError)> {
        let fault = |limits: &Limits| limits.fault(now, between);
        let first = self.limits.iter().find_map(fault)?;
        let roots = self.roots.roots.iter().zip(&self.limits);
        let roots = roots
            .filter(|(_, limits)| fault(limits).is_none())
            .map(|(root, _)| root.clone())
            .collect();
        Some((RootCertStore { roots }, first))
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
        let roots = |ca: &[&str], now| trust(ca).without_unfit(now, 0).map(|(it, _)| it.len());
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
