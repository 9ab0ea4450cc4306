//! Notifications as text: the sender's id, then for each a space, its kind, and the account in base64.

use base64::{Engine as _, prelude::BASE64_STANDARD_NO_PAD};
use uuid::Uuid;

use super::notifier::Notification;
use crate::ids::AccountId;

/// Bytes of a notification.
pub(super) const NOTIFICATION_LENGTH: usize = 2 + 22;

/// Writes the sender and the notifications as a text.
pub(super) fn encode(sender: &str, notifications: &[Notification]) -> String {
    let mut text = String::with_capacity(sender.len() + notifications.len() * NOTIFICATION_LENGTH);
    text.push_str(sender);
    for notification in notifications {
        let (kind, account) = match notification {
            Notification::Changed(account) => (" c", account),
            Notification::Revoked(account) => (" r", account),
        };
        text.push_str(kind);
        BASE64_STANDARD_NO_PAD.encode_string(account.as_uuid().as_bytes(), &mut text);
    }
    text
}

/// Reads the sender and the notifications; kinds that a newer server may have added are skipped.
pub(super) fn decode(text: &str) -> Option<(&str, impl Iterator<Item = Notification>)> {
    let mut words = text.split(' ');
    let sender = words.next()?;
    let notification = |word: &str| {
        let (kind, account) = word.split_at_checked(1)?;
        let account = BASE64_STANDARD_NO_PAD.decode(account).ok()?;
        let account = AccountId::from_uuid(Uuid::from_slice(&account).ok()?);
        match kind {
            "c" => Some(Notification::Changed(account)),
            "r" => Some(Notification::Revoked(account)),
            _ => None,
        }
    };
    Some((sender, words.filter_map(notification)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Time;

    #[test]
    fn encoded_notifications_are_decoded() {
        let account = |n| AccountId::generate(Time::from_micros(n));
        let notifications =
            (0..300).flat_map(|n| [Notification::Changed(account(n)), Notification::Revoked(account(n))]);
        let notifications = notifications.collect::<Vec<_>>();
        let text = encode("me", &notifications);
        assert_eq!(text.len(), 2 + notifications.len() * NOTIFICATION_LENGTH);
        let (sender, decoded) = decode(&text).unwrap();
        assert_eq!((sender, decoded.collect::<Vec<_>>()), ("me", notifications));
    }

    #[test]
    fn unknown_notifications_are_skipped() {
        let known = encode("me", &[Notification::Changed(AccountId::generate(Time::from_micros(1)))]);
        let text = format!("{known} x{0} c{0} c c!! é", "AAAA");
        assert_eq!(decode(&text).unwrap().1.count(), 1);
    }
}
