use std::net::ToSocketAddrs;

use serde_json::Value;

use super::Request;

/// Asks RabbitMQ's management API.
pub(crate) async fn management(path: &str) -> Value {
    let variable = "WARREN_TEST_RABBITMQ_MANAGEMENT_URL";
    let url = std::env::var(variable).unwrap_or_else(|_| panic!("set {variable}, or run ops/test"));
    let (credentials, authority) = url
        .split_once("://")
        .unwrap()
        .1
        .trim_end_matches('/')
        .rsplit_once('@')
        .unwrap();
    let address = authority.to_socket_addrs().unwrap().next().unwrap();
    let authorization = format!("Basic {}", base64(credentials.as_bytes()));
    Request::new(address, "GET", path)
        .header("authorization", &authorization)
        .send()
        .await
        .ok()
}

/// RFC 4648, section 4.
fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let encode = |chunk: &[u8]| {
        let bits = (0..3).fold(0_usize, |bits, at| {
            bits << 8 | usize::from(chunk.get(at).copied().unwrap_or(0))
        });
        let digit = |at: usize| {
            if at <= chunk.len() {
                char::from(ALPHABET[bits >> (18 - 6 * at) & 63])
            } else {
                '='
            }
        };
        (0..4).map(digit).collect::<String>()
    };
    bytes.chunks(3).map(encode).collect()
}
