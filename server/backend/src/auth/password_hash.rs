//! Argon2 hashes: how new ones are made, and which stored ones are computed.
//!
//! What a row says about its own cost is not believed beyond a bound, so that nobody who can write one row can take
//! the memory of the server at every login.

use argon2::{
    ARGON2ID_IDENT, Algorithm, Argon2, Block, Params, PasswordHash, Version,
    password_hash::phc::{Output, ParamsString, Salt},
};
use rand::Rng as _;
use subtle::ConstantTimeEq as _;

use crate::error::{Error, Result};

/// Bytes of a hash.
const OUTPUT: usize = 32;
/// Bytes of a salt, as RFC 9106 recommends.
const SALT: usize = 16;

/// The cost of one hash, for the server and for an attacker who has the database. The defaults are the second choice of OWASP's
/// Password Storage Cheat Sheet for Argon2id; less is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HashCost {
    /// Memory in KiB, from [`HashCost::MIN_MEMORY_KIB`] to [`HashCost::MAX_MEMORY_KIB`].
    pub memory_kib: u32,
    /// Passes over that memory, from [`HashCost::MIN_ITERATIONS`] to [`HashCost::MAX_ITERATIONS`].
    pub iterations: u32,
}

impl HashCost {
    /// 19 MiB.
    pub const MIN_MEMORY_KIB: u32 = 19_456;
    /// Two passes.
    pub const MIN_ITERATIONS: u32 = 2;
    /// 256 MiB: one login must not take the memory of all others.
    pub const MAX_MEMORY_KIB: u32 = 262_144;
    /// Ten passes: some 3 s over the most memory.
    pub const MAX_ITERATIONS: u32 = 10;
}

impl Default for HashCost {
    fn default() -> Self {
        Self { memory_kib: Self::MIN_MEMORY_KIB, iterations: Self::MIN_ITERATIONS }
    }
}

/// Why a stored hash is not computed, for the log: the text itself stays out of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum UnusableHash {
    #[error("it is damaged")]
    Damaged,
    #[error("it is not of Argon2")]
    OtherKind,
    #[error("it costs more than 256 MiB or 10 passes")]
    TooCostly,
}

/// A hash as the database holds it, taken apart.
pub(super) struct StoredHash {
    algorithm: Algorithm,
    version: Version,
    params: Params,
    salt: Vec<u8>,
    output: Vec<u8>,
}

impl StoredHash {
    /// Takes a stored hash apart, unless computing it is out of the question.
    pub(super) fn parse(stored: &str) -> Result<Self, UnusableHash> {
        let hash = PasswordHash::new(stored).map_err(|_| UnusableHash::Damaged)?;
        let algorithm = Algorithm::new(hash.algorithm.as_str()).map_err(|_| UnusableHash::OtherKind)?;
        let version = hash.version.map_or(Ok(Version::V0x10), Version::try_from);
        let params = Params::try_from(&hash).map_err(|_| UnusableHash::Damaged)?;
        if params.m_cost() > HashCost::MAX_MEMORY_KIB || params.t_cost() > HashCost::MAX_ITERATIONS {
            return Err(UnusableHash::TooCostly);
        }
        Ok(Self {
            algorithm,
            version: version.map_err(|_| UnusableHash::OtherKind)?,
            params,
            salt: hash.salt.ok_or(UnusableHash::Damaged)?.to_vec(),
            output: hash.hash.ok_or(UnusableHash::Damaged)?.as_bytes().to_vec(),
        })
    }

    /// Whether hashes are made better now: of Argon2id, in its latest version, at this cost.
    pub(super) fn is_weaker_than(&self, cost: HashCost) -> bool {
        self.algorithm != Algorithm::Argon2id
            || self.version != Version::V0x13
            || self.params.m_cost() < cost.memory_kib
            || self.params.t_cost() < cost.iterations
    }

    /// A hash that costs as much as any. It is 32 random bytes, so that no password is known to have it.
    pub(super) fn dummy(cost: HashCost) -> Result<Self> {
        let (mut salt, mut output) = (vec![0; SALT], vec![0; OUTPUT]);
        rand::rng().fill_bytes(&mut salt);
        rand::rng().fill_bytes(&mut output);
        Ok(Self {
            algorithm: Algorithm::Argon2id,
            version: Version::V0x13,
            params: params(cost)?,
            salt,
            output,
        })
    }

    pub(super) fn matches(&self, password: &str, memory: &mut Vec<Block>) -> Result<bool> {
        let mut output = vec![0; self.output.len()];
        let argon2 = Argon2::new(self.algorithm, self.version, self.params.clone());
        fill(&argon2, password, &self.salt, &mut output, memory)?;
        Ok(output.ct_eq(&self.output).into())
    }
}

/// Returns the hash of a new password, a PHC string with a salt of its own.
pub(super) fn hash(cost: HashCost, password: &str, memory: &mut Vec<Block>) -> Result<String> {
    let params = params(cost)?;
    let mut salt = [0; SALT];
    rand::rng().fill_bytes(&mut salt);
    let mut output = [0; OUTPUT];
    let phc = ParamsString::try_from(&params).map_err(Error::internal)?;
    fill(&Argon2::new(Algorithm::Argon2id, Version::V0x13, params), password, &salt, &mut output, memory)?;
    let hash = PasswordHash {
        algorithm: ARGON2ID_IDENT,
        version: Some(Version::V0x13.into()),
        params: phc,
        salt: Some(Salt::new(&salt).map_err(Error::internal)?),
        hash: Some(Output::new(&output).map_err(Error::internal)?),
    };
    Ok(hash.to_string())
}

fn params(cost: HashCost) -> Result<Params> {
    Params::new(cost.memory_kib, cost.iterations, 1, Some(OUTPUT)).map_err(Error::internal)
}

fn fill(
    argon2: &Argon2<'_>,
    password: &str,
    salt: &[u8],
    output: &mut [u8],
    memory: &mut Vec<Block>,
) -> Result<()> {
    let blocks = argon2.params().block_count();
    if memory.len() < blocks {
        memory.resize(blocks, Block::new());
    }
    argon2
        .hash_password_into_with_memory(password.as_bytes(), salt, output, &mut memory[..blocks])
        .map_err(Error::internal)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From the argon2 command line tool of the reference implementation, as in the test vectors of many libraries.
    const REFERENCE: &str =
        "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";

    fn refused(stored: &str) -> UnusableHash {
        StoredHash::parse(stored).err().unwrap()
    }

    #[test]
    fn the_cost_of_a_stored_hash_is_bounded() {
        let with = |cost: &str| REFERENCE.replace("m=65536,t=2", cost);
        assert!(StoredHash::parse(&with("m=262144,t=10")).is_ok());
        for cost in ["m=262145,t=2", "m=4194304,t=2", "m=65536,t=11", "m=65536,t=4294967295"] {
            assert_eq!(refused(&with(cost)), UnusableHash::TooCostly, "{cost}");
        }
    }

    #[test]
    fn hashes_of_another_kind_and_damaged_ones_are_told_apart() {
        assert_eq!(
            refused("$scrypt$ln=16,r=8,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"),
            UnusableHash::OtherKind
        );
        assert_eq!(refused(&REFERENCE.replace("v=19", "v=20")), UnusableHash::OtherKind);
        for damaged in
            ["", "hunter2", "$argon2id$nonsense", &REFERENCE[..40], &REFERENCE.replace("m=65536", "m=1")]
        {
            assert_eq!(refused(damaged), UnusableHash::Damaged, "{damaged}");
        }
    }

    #[test]
    fn only_argon2id_of_the_latest_version_and_this_cost_stays() {
        let cost = HashCost { memory_kib: 65_536, iterations: 2 };
        let is_weak = |stored: &str, cost| StoredHash::parse(stored).unwrap().is_weaker_than(cost);
        assert!(!is_weak(REFERENCE, cost));
        assert!(is_weak(&REFERENCE.replace("argon2id", "argon2i"), cost));
        assert!(is_weak(&REFERENCE.replace("argon2id", "argon2d"), cost));
        assert!(is_weak(&REFERENCE.replace("v=19", "v=16"), cost));
        assert!(is_weak(&REFERENCE.replace("$v=19", ""), cost), "without one it is the first");
        assert!(is_weak(REFERENCE, HashCost { iterations: 3, ..cost }));
        assert!(is_weak(REFERENCE, HashCost { memory_kib: 65_537, ..cost }));
    }
}
