/// Why a socket is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CloseReason {
    /// The client closed it, or its connection broke.
    Client,
    /// No answer to pings.
    PingTimeout,
    /// Not signed in in time.
    NoSignIn,
    /// Too many refused sign-ins.
    Refused,
    /// The access token has ended.
    Expired,
    /// The session has ended.
    Revoked,
    /// It reads more slowly than it is sent to.
    SlowReader,
    /// Pushes to it may be lost; its client reconnects and catches up.
    Resync,
    /// The edge is going.
    Shutdown,
    /// It sent something that breaks the protocol.
    Protocol,
    /// It sent text that is not UTF-8.
    NotText,
    /// It sent too much at once.
    TooLarge,
}

impl CloseReason {
    /// The reason as metrics and logs name it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::PingTimeout => "ping_timeout",
            Self::NoSignIn => "no_sign_in",
            Self::Refused => "refused",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
            Self::SlowReader => "slow_reader",
            Self::Resync => "resync",
            Self::Shutdown => "shutdown",
            Self::Protocol => "protocol",
            Self::NotText => "not_text",
            Self::TooLarge => "too_large",
        }
    }

    /// The websocket close code that says so (RFC 6455, section 7.4.1, and the IANA registry). Stock clients reconnect by
    /// themselves after any of them.
    #[must_use]
    pub fn code(self) -> u16 {
        match self {
            Self::Client => 1000,
            Self::Shutdown => 1001,
            Self::Protocol => 1002,
            Self::NotText => 1007,
            Self::NoSignIn | Self::Refused | Self::Expired | Self::Revoked | Self::PingTimeout => {
                1008
            }
            Self::TooLarge => 1009,
            Self::Resync => 1012,
            Self::SlowReader => 1013,
        }
    }

    /// Whether what waits is not worth sending any more.
    #[must_use]
    pub fn at_once(self) -> bool {
        matches!(self, Self::Client | Self::PingTimeout | Self::SlowReader)
    }
}
