//! The codec: what a server may send, and what it must not.

use super::*;

#[test]
fn engine_packets_are_told_apart() {
    assert_eq!(
        Packet::parse("0{\"sid\":\"a\"}"),
        Ok(Packet::Open("{\"sid\":\"a\"}"))
    );
    assert_eq!(Packet::parse("1"), Ok(Packet::Close));
    assert_eq!(Packet::parse(PING), Ok(Packet::Ping));
    assert_eq!(Packet::parse(PONG), Ok(Packet::Ignored));
    assert_eq!(Packet::parse("6"), Ok(Packet::Ignored));
}

#[test]
fn connects_and_refusals_name_their_namespace() {
    assert_eq!(
        Packet::parse("40/chat,{\"sid\":\"x\"}"),
        Ok(Packet::Connected(Namespace::Chat))
    );
    assert_eq!(
        Packet::parse("40/notifications"),
        Ok(Packet::Connected(Namespace::Notifications))
    );
    assert_eq!(
        Packet::parse("41/chat,"),
        Ok(Packet::Disconnected(Namespace::Chat))
    );
    assert_eq!(
        Packet::parse("44/chat,{\"message\":\"no\"}"),
        Ok(Packet::Refused(Namespace::Chat, "{\"message\":\"no\"}"))
    );
}

#[test]
fn events_give_name_and_argument_text() {
    let frame = r#"42/chat,["message:created",{"content":"a \"quoted\", ] text"}]"#;
    assert_eq!(
        Packet::parse(frame),
        Ok(Packet::Event {
            name: "message:created",
            payload: r#"{"content":"a \"quoted\", ] text"}"#
        })
    );
    assert_eq!(
        Packet::parse(r#"42/chat,["typing"]"#),
        Ok(Packet::Event {
            name: "typing",
            payload: ""
        })
    );
    assert_eq!(
        Packet::parse(r#"42/chat,7["typing",1]"#),
        Ok(Packet::Event {
            name: "typing",
            payload: "1"
        })
    );
}

#[test]
fn acks_carry_their_id() {
    assert_eq!(
        Packet::parse(r#"43/chat,12[{"ok":true}]"#),
        Ok(Packet::Ack {
            namespace: Namespace::Chat,
            id: 12,
            payload: r#"{"ok":true}"#
        })
    );
}

#[test]
fn broken_frames_are_errors_and_never_panics() {
    for frame in [
        "",
        "9",
        "4",
        "42",
        "42/chat",
        "42/other,[\"a\"]",
        "42[\"a\"]",
        "42/chat,[",
        "42/chat,[]",
        "42/chat,[1]",
        "42/chat,[\"a]",
        "43/chat,[1]",
        "43/chat,99999999999999999999999[1]",
        "4é/chat",
        "é",
        "47/chat,1",
    ] {
        assert!(Packet::parse(frame).is_err(), "{frame}");
    }
}

#[test]
fn what_is_sent_is_what_the_protocol_says() {
    assert_eq!(
        connect(Namespace::Chat, "t.o.k"),
        r#"40/chat,{"token":"t.o.k"}"#
    );
    assert_eq!(
        event_with_ack(Namespace::Chat, 3, "conversation:sync", "{}"),
        r#"42/chat,3["conversation:sync",{}]"#
    );
    assert_eq!(
        message_send(4, "c1", "hello", "k1"),
        r#"42/chat,4["message:send",{"conversationId":"c1","content":"hello","clientId":"k1"}]"#
    );
}
