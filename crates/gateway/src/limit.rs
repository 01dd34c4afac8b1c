//! How much one client may ask: a bucket of tokens per key or address, filled at a steady rate.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use contracts::shared::PersonId;

use crate::key::KeyId;

/// Buckets are kept in so many parts, so that cores seldom wait for each other.
const PARTS: usize = 16;
/// Buckets of a part beyond which the full ones are thrown away.
const MANY: usize = 4096;

/// How much a client may ask.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate {
    /// Requests a second, in the long run.
    pub per_second: f64,
    /// Requests at once, after a pause.
    pub burst: f64,
}

/// Whose requests are counted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Client {
    Key(KeyId),
    Person(PersonId),
    /// An address; of IPv6 the first 64 bits, because one household has as many as it likes below them.
    Address(IpAddr),
}

pub(crate) struct Limits {
    rate: Rate,
    parts: [Mutex<HashMap<Client, Bucket>>; PARTS],
}

#[derive(Clone, Copy)]
struct Bucket {
    tokens: f64,
    at: Duration,
}

impl Client {
    pub(crate) fn address(address: IpAddr) -> Client {
        Client::Address(match address {
            IpAddr::V4(_) => address,
            IpAddr::V6(long) => match long.to_ipv4_mapped() {
                Some(short) => IpAddr::V4(short),
                None => IpAddr::V6(Ipv6Addr::from_bits(long.to_bits() >> 64 << 64)),
            },
        })
    }
}

impl Limits {
    pub(crate) fn new(rate: Rate) -> Limits {
        Limits { rate, parts: Default::default() }
    }

    /// Takes one token of `client`'s at `now`.
    ///
    /// # Errors
    /// After how many seconds, at least 1, there will be one.
    pub(crate) fn take(&self, client: Client, now: Duration) -> Result<(), u32> {
        let mut buckets = self.parts[part(&client)].lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= MANY {
            buckets.retain(|_, bucket| self.filled(*bucket, now) < self.rate.burst);
        }
        let bucket = buckets.entry(client).or_insert(Bucket { tokens: self.rate.burst, at: now });
        bucket.tokens = self.filled(*bucket, now);
        bucket.at = now;
        if bucket.tokens < 1.0 {
            let seconds = ((1.0 - bucket.tokens) / self.rate.per_second).ceil().clamp(1.0, 3600.0);
            return Err(seconds as u32);
        }
        bucket.tokens -= 1.0;
        Ok(())
    }

    fn filled(&self, bucket: Bucket, now: Duration) -> f64 {
        let since = now.saturating_sub(bucket.at).as_secs_f64();
        (bucket.tokens + since * self.rate.per_second).min(self.rate.burst)
    }
}

/// How many of something are open, and whose.
#[derive(Clone)]
pub(crate) struct Places {
    open: Arc<Mutex<HashMap<Client, usize>>>,
    each: usize,
    all: usize,
}

/// A client's place among [`Places`]; free again when dropped.
pub(crate) struct Place {
    places: Places,
    client: Client,
}

impl Places {
    /// At most `each` of one client and `all` together.
    pub(crate) fn new(each: usize, all: usize) -> Places {
        Places { open: Arc::default(), each, all }
    }

    /// A place for one more of `client`'s; `None` when there are too many.
    pub(crate) fn enter(&self, client: Client) -> Option<Place> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let own = open.get(&client).copied().unwrap_or_default();
        if own >= self.each || open.values().sum::<usize>() >= self.all {
            return None;
        }
        open.insert(client, own + 1);
        Some(Place { places: self.clone(), client })
    }

    /// How many are open.
    pub(crate) fn open(&self) -> usize {
        self.open.lock().unwrap_or_else(PoisonError::into_inner).values().sum()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.places.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = open.get_mut(&self.client) {
            *own -= 1;
            if *own == 0 {
                open.remove(&self.client);
            }
        }
    }
}

fn part(client: &Client) -> usize {
    use std::hash::{DefaultHasher, Hasher};
    let mut hasher = DefaultHasher::new();
    client.hash(&mut hasher);
    hasher.finish() as usize % PARTS
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_burst_then_a_steady_rate_for_each_client_alone() {
        let limits = Limits::new(Rate { per_second: 2.0, burst: 3.0 });
        let [a, b] = ["10.0.0.1", "10.0.0.2"].map(|text| Client::address(text.parse().unwrap()));
        let taken = (0..5).filter(|_| limits.take(a, SECOND).is_ok()).count();
        assert_eq!(taken, 3);
        assert_eq!(limits.take(a, SECOND), Err(1));
        assert_eq!(limits.take(b, SECOND), Ok(()));
        assert_eq!(limits.take(a, SECOND + SECOND / 2), Ok(()));
        assert_eq!(limits.take(a, SECOND + SECOND / 2), Err(1));
        assert_eq!((0..9).filter(|_| limits.take(a, 100 * SECOND).is_ok()).count(), 3);
    }

    #[test]
    fn nobody_takes_every_place() {
        let places = Places::new(2, 3);
        let [a, b] = ["10.0.0.1", "10.0.0.2"].map(|text| Client::address(text.parse().unwrap()));
        let first = places.enter(a);
        let second = places.enter(a);
        assert!(second.is_some() && places.enter(a).is_none());
        let other = places.enter(b);
        assert!(other.is_some() && places.enter(b).is_none());
        drop(first);
        assert_eq!((places.open(), places.enter(b).is_some()), (2, true));
    }

    #[test]
    fn a_household_counts_as_one() {
        let address = |text: &str| Client::address(text.parse().unwrap());
        assert_eq!(address("2001:db8::1"), address("2001:db8::2:0:0:9"));
        assert_ne!(address("2001:db8::1"), address("2001:db8:0:1::1"));
        assert_eq!(address("::ffff:10.0.0.1"), address("10.0.0.1"));
    }
}
