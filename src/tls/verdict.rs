//! Which refused certificates OpenSSL would refuse as well, and under which of its codes (T-5).

use std::{error, fmt};

use rustls::CertificateError;
use rustls::pki_types::{CertificateDer, ServerName};

use super::certificate;

/// A longer chain is OpenSSL's to judge.
const LONGEST_CHAIN: usize = 8;

/// What the server showed, and what is known of it.
#[derive(Clone, Copy)]
pub(super) struct Shown<'a> {
    pub(super) end_entity: &'a CertificateDer<'a>,
    pub(super) intermediates: &'a [CertificateDer<'a>],
    /// The certificates of `ca`.
    pub(super) trusted: &'a [CertificateDer<'a>],
    pub(super) server_name: &'a ServerName<'a>,
    /// Unix time.
    pub(super) now: i64,
}

/// Why a certificate was refused, on its way through rustls.
#[derive(Debug)]
pub(super) struct Rejected {
    pub(super) code: &'static str,
    pub(super) host: String,
    /// The certificate that is to blame.
    pub(super) certificate: Vec<u8>,
}

impl fmt::Display for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code)
    }
}

impl error::Error for Rejected {}

/// OpenSSL's verdict where it is certain; `None`: it must be asked.
///
/// webpki knows fewer algorithms, versions and extensions than OpenSSL and stops at the first fault,
/// where OpenSSL goes on and reports the last.
pub(super) fn verdict(reason: &CertificateError, shown: Shown<'_>) -> Option<Rejected> {
    use CertificateError as Reason;

    let end_entity = shown.end_entity;
    let (code, certificate) = match reason {
        // The end of the chain has the last word on dates.
        Reason::Expired | Reason::ExpiredContext { .. } => {
            let validity = certificate::validity(end_entity)?;
            (shown.now > *validity.end()).then_some(("CERT_HAS_EXPIRED", end_entity))?
        }
        Reason::NotValidYet | Reason::NotValidYetContext { .. } => {
            let validity = certificate::validity(end_entity)?;
            (shown.now < *validity.start()).then_some(("CERT_NOT_YET_VALID", end_entity))?
        }
        Reason::NotValidForNameContext { presented, .. } => {
            is_name_final(shown.server_name, presented)
                .then_some(("ERR_TLS_CERT_ALTNAME_INVALID", end_entity))?
        }
        Reason::UnknownIssuer => unknown_issuer(shown)?,
        // OpenSSL looks no further at a self-signed certificate that it does not know, while webpki
        // first finds faults with it: an authority's, too old, signed by a namesake.
        Reason::Other(_)
            if shown.intermediates.is_empty() && certificate::is_self_signed(end_entity) =>
        {
            unknown_issuer(shown)?
        }
        _ => return None,
    };
    Some(Rejected {
        code,
        host: shown.server_name.to_str().into_owned(),
        certificate: certificate.to_vec(),
    })
}

/// Whether Node would find no other name: it takes the subject's common name where there is no DNS
/// name, wildcards within a label, and names with a dot at their end.
fn is_name_final(server_name: &ServerName<'_>, presented: &[String]) -> bool {
    if matches!(server_name, ServerName::IpAddress(_)) {
        return true;
    }
    // rustls prints its own types here: `DnsName("db")`.
    let mut names = presented
        .iter()
        .filter_map(|name| name.strip_prefix("DnsName("))
        .map(|name| name.trim_matches(|c| matches!(c, '"' | ')')))
        .peekable();
    names.peek().is_some()
        && names.all(|name| {
            !name.strip_prefix("*.").unwrap_or(name).contains('*') && !name.ends_with('.')
        })
}

/// OpenSSL tells these apart by the chain that it can build of what the server has sent.
fn unknown_issuer(shown: Shown<'_>) -> Option<(&'static str, &CertificateDer<'_>)> {
    let chain = chain(shown)?;
    let top = *chain.last()?;
    let is_plain = |certificate: &&CertificateDer<'_>| {
        certificate::validity(certificate).is_some_and(|validity| validity.contains(&shown.now))
            && !certificate::has_weak_signature(certificate)
    };
    // OpenSSL looks among the trusted certificates first, at each step.
    let may_be_known = |trusted: &CertificateDer<'_>| {
        let may_issue = |link: &&CertificateDer<'_>| certificate::may_issue(trusted, link);
        chain.iter().any(may_issue)
    };
    if !chain.iter().all(is_plain) || shown.trusted.iter().any(may_be_known) {
        return None;
    }
    let code = match (certificate::is_self_signed(top), chain.len()) {
        (true, 1) => "DEPTH_ZERO_SELF_SIGNED_CERT",
        (true, _) => "SELF_SIGNED_CERT_IN_CHAIN",
        (false, 1) => "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
        (false, _) => "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
    };
    Some((code, top))
}

/// From the server's certificate up to the last one that was sent; `None` where there are several ways.
fn chain(shown: Shown<'_>) -> Option<Vec<&CertificateDer<'_>>> {
    let mut chain = vec![shown.end_entity];
    while let Some(&last) = chain.last()
        && !certificate::is_self_signed(last)
    {
        let mut issuers = shown
            .intermediates
            .iter()
            .filter(|issuer| certificate::may_issue(issuer, last) && !chain.contains(issuer));
        let Some(issuer) = issuers.next() else { break };
        if issuers.any(|another| another != issuer) || chain.len() == LONGEST_CHAIN {
            return None;
        }
        chain.push(issuer);
    }
    Some(chain)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use rustls::pki_types::pem::PemObject;

    use super::*;

    /// db.example and 192.0.2.1, an authority, 2026 to 2126.
    const ROOT: &[u8] = include_bytes!("fixtures/self-signed.pem");
    /// The same names, no authority, signed by the former.
    const LEAF: &[u8] = include_bytes!("fixtures/leaf.pem");
    /// db.example, self-signed, no authority.
    const OTHER: &[u8] = include_bytes!("fixtures/other.pem");

    const IN_2030: i64 = 1_900_000_000;
    const IN_2128: i64 = 5_000_000_000;

    /// The code, for a server that shows `chain` to one who trusts `trusted`.
    fn code(
        reason: &CertificateError,
        chain: &[&[u8]],
        trusted: &[&[u8]],
        now: i64,
    ) -> Option<&'static str> {
        let read = |pems: &[&[u8]]| -> Vec<_> {
            let pems = pems.iter();
            pems.map(|pem| CertificateDer::from_pem_slice(pem).unwrap())
                .collect()
        };
        let (chain, trusted) = (read(chain), read(trusted));
        let shown = Shown {
            end_entity: &chain[0],
            intermediates: &chain[1..],
            trusted: &trusted,
            server_name: &ServerName::try_from("db.example").unwrap(),
            now,
        };
        verdict(reason, shown).map(|rejected| rejected.code)
    }

    #[test]
    fn an_issuer_is_unknown_where_no_trusted_one_has_its_name() {
        let unknown = |chain, trusted| {
            let reason = CertificateError::UnknownIssuer;
            code(&reason, chain, trusted, IN_2030)
        };
        let leaf = Some("UNABLE_TO_VERIFY_LEAF_SIGNATURE");
        assert_eq!(unknown(&[LEAF], &[OTHER]), leaf);
        assert_eq!(unknown(&[LEAF], &[ROOT]), None);
        assert_eq!(unknown(&[ROOT], &[ROOT]), None);
        let root = Some("SELF_SIGNED_CERT_IN_CHAIN");
        assert_eq!(unknown(&[LEAF, OTHER, ROOT], &[OTHER]), root);
    }

    #[test]
    fn dates_are_final_where_they_are_those_of_the_server() {
        let expired = |chain, now| code(&CertificateError::Expired, chain, &[OTHER], now);
        assert_eq!(expired(&[LEAF], IN_2128), Some("CERT_HAS_EXPIRED"));
        // Somebody else's then.
        assert_eq!(expired(&[LEAF], IN_2030), None);
        let early = |now| code(&CertificateError::NotValidYet, &[LEAF], &[ROOT], now);
        assert_eq!(early(1), Some("CERT_NOT_YET_VALID"));
        assert_eq!(early(IN_2030), None);
        // OpenSSL's last word would be on the date.
        let unknown = CertificateError::UnknownIssuer;
        assert_eq!(code(&unknown, &[LEAF], &[OTHER], IN_2128), None);
    }

    #[test]
    fn what_webpki_alone_finds_fault_with_is_asked_again() {
        use CertificateError as Reason;

        for reason in [
            Reason::BadSignature,
            Reason::BadEncoding,
            Reason::UnhandledCriticalExtension,
            Reason::InvalidPurpose,
            Reason::NotValidForName,
            Reason::Revoked,
        ] {
            assert_eq!(code(&reason, &[LEAF], &[ROOT], IN_2030), None, "{reason:?}");
        }
    }

    #[test]
    fn a_name_is_final_where_node_would_find_no_other() {
        let dns = ServerName::try_from("db.example").ok();
        let ip = ServerName::try_from("192.0.2.1").ok();
        let is_final = |name: &Option<ServerName<'_>>, presented: &[&str]| {
            let presented: Vec<_> = presented.iter().map(|name| (*name).to_owned()).collect();
            name.as_ref().map(|name| is_name_final(name, &presented))
        };
        assert_eq!(is_final(&ip, &[]), Some(true));
        assert_eq!(is_final(&dns, &[]), Some(false));
        assert_eq!(is_final(&dns, &["IpAddress(192.0.2.1)"]), Some(false));
        assert_eq!(is_final(&dns, &[r#"DnsName("a.example")"#]), Some(true));
        assert_eq!(is_final(&dns, &[r#"DnsName("*.a.example")"#]), Some(true));
        assert_eq!(is_final(&dns, &[r#"DnsName("d*.example")"#]), Some(false));
        let dotted = [r#"DnsName("a.example")"#, r#"DnsName("b.example.")"#];
        assert_eq!(is_final(&dns, &dotted), Some(false));
    }
}
