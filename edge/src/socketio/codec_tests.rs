use warren_topology::failure::{ErrorCode, Failure};

use proptest::prelude::*;

use super::*;

fn packet(text: &str) -> Packet<'_> {
    Packet::decode(text).expect("a packet")
}

#[test]
fn engine_packets_are_told_apart() {
    assert_eq!(EnginePacket::decode("1"), Ok(EnginePacket::Close));
    assert_eq!(
        EnginePacket::decode("2probe"),
        Ok(EnginePacket::Ping("probe"))
    );
    assert_eq!(EnginePacket::decode("3"), Ok(EnginePacket::Pong));
    assert_eq!(
        EnginePacket::decode("40/chat,"),
        Ok(EnginePacket::Message("0/chat,"))
    );
    assert_eq!(EnginePacket::decode("5"), Ok(EnginePacket::Upgrade));
    assert_eq!(EnginePacket::decode("6"), Ok(EnginePacket::Noop));
    for text in ["", "7", "x", "é", "0{}", "bAAEC"] {
        assert!(EnginePacket::decode(text).is_err(), "{text}");
    }
}

#[test]
fn a_connect_carries_its_auth() {
    let connect = packet(r#"0/chat,{"token":"a,b"}"#);
    assert_eq!(
        (connect.kind, connect.namespace),
        (PacketKind::Connect, "/chat")
    );
    assert_eq!((connect.id, connect.data), (None, r#"{"token":"a,b"}"#));
    assert_eq!(packet("0").namespace, "/");
    assert_eq!(packet(r#"0{"token":"t"}"#).data, r#"{"token":"t"}"#);
    assert_eq!(packet("0/chat").namespace, "/chat");
    let query = packet("0/chat?token=x&a=b,{}");
    assert_eq!(
        (query.namespace, query.query, query.data),
        ("/chat", "token=x&a=b", "{}")
    );
}

#[test]
fn the_main_namespace_is_named_where_leaving_it_out_would_change_the_packet() {
    for text in ["4/?????c0esagce", "0/?a=b,{}", "0/,/chat"] {
        let read = packet(text);
        assert_eq!(read.namespace, "/");
        let written = super::packet(&read);
        assert_eq!(packet(&written[1..]), read, "{written}");
    }
}

#[test]
fn events_and_acks_carry_their_ids() {
    let event = packet(r#"2/chat,17["message:send",{"content":"1"}]"#);
    assert_eq!(
        (event.kind, event.namespace, event.id),
        (PacketKind::Event, "/chat", Some(17))
    );
    assert_eq!(event.data, r#"["message:send",{"content":"1"}]"#);
    assert_eq!(packet(r#"2["a"]"#).id, None);
    assert_eq!(packet("2/chat,0[]").id, Some(0));
    let ack = packet("3/notifications,18446744073709551615[]");
    assert_eq!((ack.kind, ack.id), (PacketKind::Ack, Some(u64::MAX)));
    assert_eq!(packet("1/chat,").kind, PacketKind::Disconnect);
}

#[test]
fn binary_packets_say_how_many_attachments_follow() {
    let text = r#"51-/chat,7["a",{"_placeholder":true,"num":0}]"#;
    let event = packet(text);
    assert_eq!(
        (event.kind, event.attachments, event.namespace, event.id),
        (PacketKind::Event, 1, "/chat", Some(7))
    );
    assert_eq!(super::packet(&event), format!("4{text}"));
    let ack = packet("60-3[]");
    assert_eq!((ack.kind, ack.attachments), (PacketKind::Ack, 0));
}

#[test]
fn what_breaks_the_protocol_is_refused() {
    for text in [
        "",
        "9",
        "é",
        "2",
        "2/chat",
        "2/chat,",
        "2/chat,5",
        "2/chat,{}",
        "3/chat,[]",
        "2/chat,99999999999999999999[]",
    ] {
        assert!(Packet::decode(text).is_err(), "{text}");
    }
    for text in [
        "5",
        "5-[]",
        "51[]",
        "5+1-[]",
        "5-1-[]",
        "599999999999999999999-[]",
        "61-[]",
    ] {
        assert!(Packet::decode(text).is_err(), "{text}");
    }
}

#[test]
fn every_truncation_is_harmless() {
    let text = r#"2/chat?q=é,12["naïve",{"a":"\u00e9 ✓"}]"#;
    for end in (0..=text.len()).filter(|end| text.is_char_boundary(*end)) {
        if let Ok(packet) = Packet::decode(&text[..end]) {
            let _event = EventData::decode(packet.data);
        }
    }
}

#[test]
fn an_event_is_split_without_reading_its_payload() {
    let event =
        EventData::decode(r#"["message:send", {"a":[1,{"b":null}]} , 3, "x"]"#).expect("an event");
    assert!(matches!(event.name, Cow::Borrowed("message:send")));
    assert_eq!(
        event.payload.map(RawValue::get),
        Some(r#"{"a":[1,{"b":null}]}"#)
    );
    assert!(
        EventData::decode(r#"["alone"]"#)
            .expect("an event")
            .payload
            .is_none()
    );
    assert_eq!(
        EventData::decode(r#"["a\"b"]"#).expect("an event").name,
        "a\"b"
    );
    for text in [
        "",
        "[]",
        "{}",
        "[1]",
        r#"["a""#,
        r#"["a",]"#,
        r#"["a"] x"#,
        "[null]",
    ] {
        assert!(EventData::decode(text).is_err(), "{text}");
    }
}

fn any_packet() -> impl Strategy<Value = (u8, usize, String, String, Option<u64>, String)> {
    let kind = prop::sample::select(vec![0_u8, 1, 2, 3, 4]);
    let data = prop::collection::vec(any::<i32>(), 0..4);
    let array = data.prop_map(|numbers| serde_json::to_string(&numbers).unwrap_or_default());
    let (namespace, query) = ("/[a-zé/]{0,8}", "([a-z]=[^,]{0,4})?");
    (
        kind,
        0_usize..20,
        namespace,
        query,
        any::<Option<u64>>(),
        array,
    )
}

proptest! {
    #[test]
    fn what_is_written_is_read((kind, attachments, namespace, query, id, data) in any_packet()) {
        let kind = [
            PacketKind::Connect,
            PacketKind::Disconnect,
            PacketKind::Event,
            PacketKind::Ack,
            PacketKind::ConnectError,
        ][usize::from(kind)];
        let is_binary = matches!(kind, PacketKind::Event | PacketKind::Ack);
        let written = Packet {
            kind,
            namespace: &namespace,
            // The main namespace is left out, and its query with it.
            query: if namespace == "/" { "" } else { &query },
            attachments: if is_binary { attachments } else { 0 },
            id: if kind == PacketKind::Ack { id.or(Some(0)) } else { id },
            data: &data,
        };
        let text = super::packet(&written);
        let EnginePacket::Message(message) = EnginePacket::decode(&text)? else {
            panic!("a message");
        };
        prop_assert_eq!(Packet::decode(message)?, written);
    }

    #[test]
    fn no_text_is_too_strange(text in any::<String>(), start in "[0-9]{0,3}[-/,]?") {
        let text = start + &text;
        let _either = EnginePacket::decode(&text);
        if let Ok(packet) = Packet::decode(&text) {
            let _either = EventData::decode(packet.data);
        }
        let _either: Vec<_> = crate::socketio::payload::parts(&text).collect();
    }
}

#[test]
fn deep_json_does_not_exhaust_the_stack() {
    let deep = format!(r#"["a",{}{}]"#, "[".repeat(100_000), "]".repeat(100_000));
    let _either = EventData::decode(&deep);
}

#[test]
fn packets_are_written_as_the_protocol_says() {
    assert_eq!(
        open("abc", &[], 25_000, 20_000, 131_072),
        r#"0{"sid":"abc","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":131072}"#
    );
    assert_eq!(connected("/chat", "s"), r#"40/chat,{"sid":"s"}"#);
    assert_eq!(disconnect(Namespace::Chat), "41/chat,");
    assert_eq!(event(Namespace::Chat, r#"["a",1]"#), r#"42/chat,["a",1]"#);
    assert_eq!(
        named_event(Namespace::Notifications, "a", "{}"),
        r#"42/notifications,["a",{}]"#
    );
    assert_eq!(
        ack(Namespace::Chat, 7, Ok("[1]")),
        r#"43/chat,7[{"ok":true,"data":[1]}]"#
    );
    let failure = Failure::new(ErrorCode::Busy, "no \"room\"");
    assert_eq!(
        ack(Namespace::Chat, 0, Err(&failure)),
        r#"43/chat,0[{"ok":false,"error":{"code":"BUSY","message":"no \"room\""}}]"#
    );
    assert_eq!(
        connect_error("/chat", &failure),
        r#"44/chat,{"message":"no \"room\"","data":{"code":"BUSY","message":"no \"room\""}}"#
    );
    assert!(connect_error("/", &failure).starts_with("44{"));
}
