//! How often a password may be guessed: in fixed memory, whatever anybody sends.
//!
//! Every guess is charged before its hash is computed, and refunded if it was right: so many guesses at once are no better
//! than one after the other, and who knows the password uses nothing up. A guess from a device that has never logged in to
//! the account is charged to its source, to the pair of name and source, and to the name whatever the source. One from a
//! **known device** is charged to that device alone: nobody else can use that up, neither by guessing at the name nor from
//! the same address. So is one by somebody who has a session already.
//!
//! Whether there is such a name makes no difference.

use std::time::Duration;

use todo_model::caller::ClientIp;

use super::{
    settings::AuthSettings,
    throttle::{Limiter, Slots},
};
use crate::{
    identity::TokenHash,
    ids::{AccountId, SessionId},
    time::Time,
};

/// Whose guess at a password it is.
#[derive(Clone, Debug)]
pub(crate) enum Guess {
    /// From a device that is not known to the account, if there is one of this name.
    Unknown {
        /// In lower case.
        name: String,
        source: ClientIp,
    },
    /// From a device that has logged in to this account before.
    Device(AccountId, TokenHash),
    /// Of a caller who is logged in, and asked again.
    Session(SessionId),
}

/// Why a guess is refused, as a sentence, and after how long it may be made.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Throttled {
    pub(crate) text: &'static str,
    pub(crate) wait: Duration,
}

/// Remembers who has guessed how often.
pub(crate) struct LoginThrottle {
    sources: Limiter,
    pairs: Limiter,
    names: Limiter,
    /// Known devices, and sessions.
    known: Limiter,
}

/// What a guess was charged to.
pub(crate) struct Charge<'a>(Vec<(&'a Limiter, Slots)>);

impl Charge<'_> {
    /// Takes the charge back: the password was right, or was not looked at.
    pub(crate) fn refund(self) {
        for (limiter, slots) in self.0 {
            limiter.refund(slots);
        }
    }
}

impl LoginThrottle {
    pub(crate) fn new(settings: &AuthSettings) -> Self {
        Self {
            sources: Limiter::new(settings.logins),
            pairs: Limiter::new(settings.failed_logins),
            names: Limiter::new(settings.failed_logins_of_name),
            known: Limiter::new(settings.failed_logins),
        }
    }

    /// Charges a source alone, for what guesses at no password.
    pub(crate) fn charge_source(&self, source: ClientIp, now: Time) -> Result<(), Throttled> {
        charge([(&self.sources, self.sources.slots(&source), SOURCE)], now).map(drop)
    }

    /// Charges a guess to all that it counts against, or to nothing.
    pub(crate) fn charge(&self, guess: &Guess, now: Time) -> Result<Charge<'_>, Throttled> {
        match guess {
            Guess::Unknown { name, source } => charge(
                [
                    (&self.names, self.names.slots(name), NAME),
                    (&self.pairs, self.pairs.slots(&(name, source)), NAME),
                    (&self.sources, self.sources.slots(source), SOURCE),
                ],
                now,
            ),
            Guess::Device(account, device) => {
                charge([(&self.known, self.known.slots(&(account, device)), DEVICE)], now)
            }
            Guess::Session(session) => charge([(&self.known, self.known.slots(session), SESSION)], now),
        }
    }
}

const SOURCE: &str = "Too many attempts from your network.";
const NAME: &str = "Too many wrong passwords for this name.";
const DEVICE: &str = "Too many wrong passwords from this device.";
const SESSION: &str = "Too many wrong passwords.";

fn charge<'a, const N: usize>(
    parts: [(&'a Limiter, Slots, &'static str); N],
    now: Time,
) -> Result<Charge<'a>, Throttled> {
    let mut charge = Charge(Vec::with_capacity(N));
    for (limiter, slots, text) in parts {
        if let Err(wait) = limiter.take(slots, now) {
            charge.refund();
            // All of them have to be whole again.
            let waits = parts.iter().map(|(limiter, slots, text)| (limiter.wait(*slots, now), *text));
            let (wait, text) = waits
                .max_by_key(|(wait, _)| *wait)
                .filter(|longest| longest.0 > wait)
                .unwrap_or((wait, text));
            return Err(Throttled { text, wait });
        }
        charge.0.push((limiter, slots));
    }
    Ok(charge)
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;

    const START: Time = Time::from_micros(1_700_000_000_000_000);

    fn throttle() -> LoginThrottle {
        LoginThrottle::new(&AuthSettings::default())
    }

    fn unknown(name: &str, host: u8) -> Guess {
        Guess::Unknown { name: name.into(), source: IpAddr::from([192, 0, 2, host]).into() }
    }

    fn device() -> Guess {
        let secret = todo_model::TokenKind::Device.encode([7; 32]);
        Guess::Device(AccountId::generate(START), TokenHash::of_device(secret.expose()).unwrap())
    }

    /// One of 200 hosts.
    fn host(guess: u64) -> u8 {
        u8::try_from(guess % 200).unwrap()
    }

    /// Guesses wrongly once, and returns whether anything was computed.
    fn is_tried(throttle: &LoginThrottle, guess: &Guess, now: Time) -> bool {
        throttle.charge(guess, now).is_ok()
    }

    #[test]
    fn many_sources_get_100_guesses_at_one_name_in_an_hour() {
        let throttle = throttle();
        let at = |guess: u64| START.after(Duration::from_millis(guess * 359));
        let tried =
            (0..10_000).filter(|guess| is_tried(&throttle, &unknown("ann", host(*guess)), at(*guess)));
        let tried = tried.count();
        assert!((60..=100).contains(&tried), "{tried}");
        // All at once, too.
        let throttle = self::throttle();
        let tried = (0..10_000).filter(|guess| is_tried(&throttle, &unknown("ann", host(*guess)), START));
        assert_eq!(tried.count(), 30);
        let ready = unknown("bob", 1);
        assert!(is_tried(&throttle, &ready, START), "another name");
    }

    #[test]
    fn a_known_device_is_not_held_up_by_guesses_at_its_name_or_from_its_address() {
        let (throttle, device) = (throttle(), device());
        for second in 0..600 {
            let now = START.after(Duration::from_secs(second));
            for host in 0..20 {
                is_tried(&throttle, &unknown("ann", host), now);
                is_tried(&throttle, &unknown(&format!("other {second}"), host), now);
            }
            throttle.charge(&device, now).expect("never held up").refund();
        }
        assert!(!is_tried(&throttle, &unknown("ann", 30), START.after(Duration::from_secs(599))));
    }

    #[test]
    fn a_device_or_a_session_that_guesses_is_slowed_down_itself() {
        for guess in [device(), Guess::Session(SessionId::generate(START))] {
            let throttle = throttle();
            let tried = (0..100).filter(|_| is_tried(&throttle, &guess, START)).count();
            assert_eq!(tried, 10);
            let refused = throttle.charge(&guess, START).err().unwrap();
            assert_eq!(refused.wait, Duration::from_mins(1));
        }
    }

    #[test]
    fn right_passwords_use_nothing_up() {
        let throttle = throttle();
        for number in 0..1_000 {
            throttle.charge(&unknown(&format!("name {number}"), 1), START).unwrap().refund();
            throttle.charge(&unknown("ann", 1), START).unwrap().refund();
        }
    }

    #[test]
    fn wrong_passwords_of_one_source_are_bounded_whatever_the_name() {
        let throttle = throttle();
        let tried =
            (0..1_000).filter(|number| is_tried(&throttle, &unknown(&format!("name {number}"), 1), START));
        assert_eq!(tried.count(), 100);
        let refused = throttle.charge(&unknown("ann", 1), START).err().unwrap();
        assert_eq!(refused, Throttled { text: SOURCE, wait: Duration::from_secs(1) });
        assert!(is_tried(&throttle, &unknown("ann", 2), START));
    }

    #[test]
    fn a_refused_guess_is_charged_to_nothing() {
        let throttle = throttle();
        for _ in 0..10 {
            assert!(is_tried(&throttle, &unknown("ann", 1), START));
        }
        for _ in 0..1_000 {
            let refused = throttle.charge(&unknown("ann", 1), START).err().unwrap();
            assert_eq!(refused, Throttled { text: NAME, wait: Duration::from_mins(1) });
        }
        // Neither the name nor the source has paid for those.
        assert!(is_tried(&throttle, &unknown("ann", 2), START));
        assert!(is_tried(&throttle, &unknown("bob", 1), START));
    }

    #[test]
    fn addresses_of_one_ipv6_network_are_one_source() {
        let throttle = throttle();
        let source = |host: u128| ClientIp::from(IpAddr::from((0x2001_0db8_u128 << 96 | host).to_be_bytes()));
        let tried = (0..1_000).filter(|host| {
            is_tried(&throttle, &Guess::Unknown { name: "ann".into(), source: source(*host) }, START)
        });
        assert_eq!(tried.count(), 10);
    }
}
