//! The cookies of a session (RFC 6265): the access token for every path, the refresh token for `/auth` alone.

use time::OffsetDateTime;

use super::{
    sessions::Lifetimes,
    tokens::{AccessToken, RefreshToken},
};

/// Set-Cookie values that carry a session's tokens.
#[must_use]
pub fn set(
    access: &AccessToken,
    refresh: &RefreshToken,
    lifetimes: &Lifetimes,
    secure: bool,
    now: OffsetDateTime,
) -> Vec<String> {
    let access_seconds = access.expires_at.unix_timestamp() - now.unix_timestamp();
    vec![
        cookie("accessToken", &access.text, "/", access_seconds, secure),
        cookie(
            "refreshToken",
            &refresh.to_text(),
            "/auth",
            lifetimes.refresh.whole_seconds(),
            secure,
        ),
    ]
}

/// Set-Cookie values that remove them.
#[must_use]
pub fn clear(secure: bool) -> Vec<String> {
    vec![
        cookie("accessToken", "", "/", 0, secure),
        cookie("refreshToken", "", "/auth", 0, secure),
    ]
}

fn cookie(name: &str, value: &str, path: &str, max_age: i64, secure: bool) -> String {
    let secure = if secure { "; Secure" } else { "" };
    format!("{name}={value}; Path={path}; Max-Age={max_age}; HttpOnly; SameSite=Lax{secure}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn removing_names_the_same_cookies_with_no_age() {
        let expected = [
            "accessToken=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax; Secure",
            "refreshToken=; Path=/auth; Max-Age=0; HttpOnly; SameSite=Lax; Secure",
        ];
        assert_eq!(clear(true), expected);
        assert!(clear(false).iter().all(|cookie| !cookie.contains("Secure")));
    }
}
