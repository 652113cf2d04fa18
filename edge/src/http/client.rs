use std::net::IpAddr;

use hyper::{
    HeaderMap,
    header::{AUTHORIZATION, COOKIE, HOST, HeaderName, ORIGIN, USER_AGENT},
};

use crate::{net, settings::EdgeConfig};

/// Whether a page's origin may act with the user's cookies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PageOrigin {
    /// Not a page, or one that does not say.
    Unknown,
    /// The edge's own.
    Own,
    /// One that the operator allows.
    Allowed,
    /// Any other.
    Foreign,
}

impl PageOrigin {
    /// Reads the header `Origin`.
    pub(crate) fn of(headers: &HeaderMap, allowed: &[String]) -> Self {
        let Some(origin) = headers.get(ORIGIN) else {
            return Self::Unknown;
        };
        let Ok(origin) = origin.to_str() else {
            return Self::Foreign;
        };
        if allowed.iter().any(|allowed| allowed == origin) {
            return Self::Allowed;
        }
        let authority = origin.split_once("://").map(|(_, authority)| authority);
        let host = headers.get(HOST).and_then(|host| host.to_str().ok());
        if authority.is_some() && authority == host {
            Self::Own
        } else {
            Self::Foreign
        }
    }

    /// Whether it is known to be good.
    pub(crate) fn is_good(self) -> bool {
        matches!(self, Self::Own | Self::Allowed)
    }
}

/// The token of an Authorization header (RFC 6750).
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then_some(token.trim())
}

/// A cookie's value (RFC 6265); an empty one counts as none.
pub(crate) fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|header| header.to_str().ok())
        .flat_map(|header| header.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, value)| *key == name && !value.is_empty())
        .map(|(_, value)| value.trim_matches('"'))
}

/// The header `User-Agent`.
pub(crate) fn user_agent(headers: &HeaderMap) -> &str {
    headers
        .get(USER_AGENT)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
}

/// The client's address, behind trusted proxies.
pub(crate) fn address(peer: IpAddr, headers: &HeaderMap, settings: &EdgeConfig) -> IpAddr {
    if settings.trusted_proxies.is_empty() {
        return peer.to_canonical();
    }
    const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
    let hops: Vec<&str> = headers
        .get_all(FORWARDED_FOR)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .collect();
    net::client_address(peer, &hops, &settings.trusted_proxies)
}

#[cfg(test)]
mod tests {
    use hyper::header::HeaderValue;

    use super::*;

    fn headers(pairs: &[(HeaderName, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (name.clone(), HeaderValue::from_static(value)))
            .collect()
    }

    #[test]
    fn origins_are_told_apart() {
        let allowed = ["https://a.example".to_owned()];
        let of = |origin: &'static str| {
            PageOrigin::of(
                &headers(&[(HOST, "chat.example:3000"), (ORIGIN, origin)]),
                &allowed,
            )
        };
        assert_eq!(of("http://chat.example:3000"), PageOrigin::Own);
        assert_eq!(of("https://a.example"), PageOrigin::Allowed);
        for foreign in [
            "http://chat.example",
            "https://a.example.evil",
            "null",
            "http://a.example",
            "chat.example:3000",
        ] {
            assert_eq!(of(foreign), PageOrigin::Foreign, "{foreign}");
        }
        assert_eq!(
            PageOrigin::of(&headers(&[(HOST, "x")]), &allowed),
            PageOrigin::Unknown
        );
    }

    #[test]
    fn tokens_and_cookies_are_found() {
        let headers = headers(&[
            (AUTHORIZATION, "bearer t1"),
            (COOKIE, "a=1; accessToken=t2;b=\"3\"; empty="),
        ]);
        assert_eq!(bearer(&headers), Some("t1"));
        assert_eq!(cookie(&headers, "accessToken"), Some("t2"));
        assert_eq!(cookie(&headers, "b"), Some("3"));
        assert_eq!(cookie(&headers, "empty"), None);
        assert_eq!(cookie(&headers, "accesstoken"), None);
    }
}
