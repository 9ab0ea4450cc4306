//! Answers that are in their bytes already: what the store keeps encoded is not decoded to be encoded once more.

use std::marker::PhantomData;

use bytes::{BufMut as _, Bytes};
use prost::Message;
use tonic::{
    Status,
    codec::{Codec, EncodeBuf, Encoder},
};
use tonic_prost::ProstCodec;

use crate::error::{Error, Result};

/// A message in its bytes.
#[derive(Clone, Debug)]
pub(crate) struct Encoded<M> {
    bytes: Bytes,
    message: PhantomData<fn() -> M>,
}

impl<M: Message + Default> Encoded<M> {
    /// Takes bytes for a message that they are.
    pub(crate) fn from_bytes(bytes: Bytes) -> Self {
        Self { bytes, message: PhantomData }
    }

    pub(crate) fn of(message: &M) -> Self {
        Self::from_bytes(message.encode_to_vec().into())
    }

    /// # Errors
    /// INTERNAL for bytes of another message.
    pub(crate) fn decode(self) -> Result<M> {
        M::decode(self.bytes).map_err(Error::internal)
    }
}

/// Reads requests as every method does, and writes answers that are encoded.
pub(crate) struct EncodedCodec<M, R>(PhantomData<fn() -> (M, R)>);

impl<M, R> Default for EncodedCodec<M, R> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

impl<M: Message + Default + 'static, R: Message + Default + 'static> Codec for EncodedCodec<M, R> {
    type Encode = Encoded<M>;
    type Decode = R;
    type Encoder = EncodedEncoder<M>;
    type Decoder = <ProstCodec<M, R> as Codec>::Decoder;

    fn encoder(&mut self) -> EncodedEncoder<M> {
        EncodedEncoder(PhantomData)
    }

    fn decoder(&mut self) -> Self::Decoder {
        ProstCodec::<M, R>::default().decoder()
    }
}

pub(crate) struct EncodedEncoder<M>(PhantomData<fn() -> M>);

impl<M> Encoder for EncodedEncoder<M> {
    type Item = Encoded<M>;
    type Error = Status;

    fn encode(&mut self, item: Encoded<M>, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        buffer.put(item.bytes);
        Ok(())
    }
}
