//! What a service keeps whole and never searches, made small: its journal's records and the documents of its tables.
//!
//! Each is a frame of Zstandard (RFC 8878) without the magic number, made with a dictionary of the service's own and preceded
//! by that dictionary's digit. `Z` precedes a frame made without one, `0` plain text. A dictionary that was released stays for ever: frames are read with it.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use zstd_safe::{CCtx, CDict, CParameter, DCtx, DDict};

use crate::problem::Fault;

/// What precedes a frame that was made without a dictionary.
const BARE: u8 = b'Z';
/// What precedes plain text. The first dictionary's digit is the next character, and so on.
const PLAIN: u8 = b'0';
/// The highest digit: ids begin with a letter, so that the two are told apart.
const MOST: usize = 9;
/// RFC 8878 §3.1.1.
const MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
/// The fastest of the usual levels: a higher one saves 3 % more.
const LEVEL: i32 = 1;
/// Nothing larger was ever written, so a frame that claims it is damaged.
const LARGEST: u64 = 64 << 20;

/// A service's dictionaries, ready for use.
pub(crate) struct Codec {
    encoder: (u8, CDict<'static>),
    /// The bare one first.
    decoders: Vec<DDict<'static>>,
}

/// The dictionaries of services by name and by where they lie.
type Known = BTreeMap<(&'static str, usize, usize), &'static Codec>;

impl Codec {
    /// The codec of `service`, the same for ever. The last of `dictionaries` is written with, where there is one.
    ///
    /// # Panics
    /// When there are more than nine dictionaries, or one is none.
    pub(crate) fn of(service: &'static str, dictionaries: &'static [&'static [u8]]) -> &'static Codec {
        static ALL: Mutex<Known> = Mutex::new(BTreeMap::new());
        let mut all = ALL.lock().unwrap_or_else(PoisonError::into_inner);
        all.entry((service, dictionaries.as_ptr().addr(), dictionaries.len()))
            .or_insert_with(|| Box::leak(Box::new(Codec::new(dictionaries))))
    }

    fn new(dictionaries: &'static [&'static [u8]]) -> Codec {
        assert!(dictionaries.len() <= MOST, "a digit names a dictionary");
        let (tag, last) = match dictionaries.last() {
            Some(last) => (PLAIN + u8::try_from(dictionaries.len()).expect("at most nine"), *last),
            None => (BARE, &[][..]),
        };
        let all = std::iter::once(&[][..]).chain(dictionaries.iter().copied());
        Codec { encoder: (tag, CDict::create(last, LEVEL)), decoders: all.map(DDict::create).collect() }
    }

    /// `text` as it is kept.
    pub(crate) fn encode(&self, text: &str) -> Vec<u8> {
        thread_local! {
            static CONTEXT: RefCell<CCtx<'static>> = RefCell::new(context());
        }
        let (tag, dictionary) = &self.encoder;
        let mut frame: Vec<u8> = Vec::with_capacity(zstd_safe::compress_bound(text.len()));
        let done = CONTEXT.with_borrow_mut(|context| {
            context.ref_cdict(dictionary)?;
            context.compress2(&mut frame, text.as_bytes())
        });
        if done.is_ok() && frame.len() - MAGIC.len() < text.len() {
            frame[MAGIC.len() - 1] = *tag;
            frame.drain(..MAGIC.len() - 1);
            return frame;
        }
        let mut plain = Vec::with_capacity(text.len() + 1);
        plain.push(PLAIN);
        plain.extend_from_slice(text.as_bytes());
        plain
    }

    /// The text that [`Codec::encode`] of this or an earlier release was given.
    ///
    /// # Errors
    /// A fault when `kept` is damaged, or names a dictionary that this release does not have.
    pub(crate) fn decode(&self, kept: &[u8]) -> Result<String, Fault> {
        thread_local! {
            static CONTEXT: RefCell<DCtx<'static>> = RefCell::new(DCtx::create());
        }
        let (tag, frame) = kept.split_first().ok_or_else(|| Fault::msg("an empty document"))?;
        let bytes = if *tag == PLAIN {
            frame.to_vec()
        } else {
            let number = if *tag == BARE { 0 } else { usize::from(tag.wrapping_sub(PLAIN)) };
            let dictionary =
                self.decoders.get(number).ok_or_else(|| Fault::msg(format!("there is no dictionary {number}")))?;
            let whole = [&MAGIC, frame].concat();
            let length = zstd_safe::get_frame_content_size(&whole).ok().flatten().filter(|length| *length <= LARGEST);
            let length = length.ok_or_else(|| Fault::msg("a document without its length"))?;
            let mut text = Vec::with_capacity(usize::try_from(length).unwrap_or(0));
            CONTEXT
                .with_borrow_mut(|context| context.decompress_using_ddict(&mut text, &whole, dictionary))
                .map_err(|code| Fault::msg(format!("a damaged document: {}", zstd_safe::get_error_name(code))))?;
            text
        };
        String::from_utf8(bytes).map_err(|e| Fault::new("a document is text", e))
    }

    /// Whether `kept` was written by a codec, and is no packed id.
    pub(super) fn is_kept(kept: &[u8]) -> bool {
        kept.first().is_some_and(|tag| tag.is_ascii_digit() || *tag == BARE)
    }
}

/// A dictionary of at most `size` bytes for texts like `samples`.
///
/// # Errors
/// A fault when there are too few samples to learn from.
pub(crate) fn train(samples: &[String], size: usize) -> Result<Vec<u8>, Fault> {
    let sizes: Vec<usize> = samples.iter().map(String::len).collect();
    let mut dictionary = Vec::with_capacity(size);
    zstd_safe::train_from_buffer(&mut dictionary, samples.concat().as_bytes(), &sizes)
        .map_err(|code| Fault::msg(format!("no dictionary: {}", zstd_safe::get_error_name(code))))?;
    Ok(dictionary)
}

fn context() -> CCtx<'static> {
    let mut context = CCtx::create();
    for parameter in [CParameter::ChecksumFlag(false), CParameter::DictIdFlag(false), CParameter::ContentSizeFlag(true)]
    {
        context.set_parameter(parameter).expect("every release knows these parameters");
    }
    context
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Any content serves as a dictionary, though a trained one serves better.
    const WORDS: &[u8] =
        br#"{"order_placed":{"lines":[{"product":"prd_","quantity":"1"}],"site":"sit_","total":{"minor":"#;
    const OTHER: &[u8] = br#"{"payment_captured":{"amount":{"minor":0,"currency":"EUR"}}}"#;

    #[test]
    fn what_a_dictionary_knows_takes_few_bytes() {
        let codec = Codec::of("codec_one", &[WORDS]);
        let text =
            r#"{"order_placed":{"lines":[{"product":"prd_1","quantity":"1"}],"site":"sit_2","total":{"minor":495"#;
        let kept = codec.encode(text);
        assert_eq!(kept[0], b'1');
        assert!(kept.len() < text.len() / 2, "{} of {}", kept.len(), text.len());
        assert_eq!(codec.decode(&kept).unwrap(), text);
    }

    #[test]
    fn a_later_dictionary_leaves_earlier_frames_readable() {
        let text = r#"{"order_placed":{"lines":[{"product":"prd_9","quantity":"3"}],"site":"sit_2","total":{"minor":1"#;
        let earlier = Codec::of("codec_two", &[WORDS]).encode(text);
        let later = Codec::of("codec_two", &[WORDS, OTHER]);
        assert_eq!(later.decode(&earlier).unwrap(), text);
        assert_eq!(later.encode(&text.repeat(3))[0], b'2');
        assert!(Codec::of("codec_two", &[]).decode(&earlier).is_err(), "a release that does not know the dictionary");
    }

    #[test]
    fn a_trained_dictionary_serves_what_it_never_saw() {
        let text = |n: u32| {
            format!(
                r#"{{"order_placed":{{"number":"{n}","total":{{"minor":{},"currency":"EUR"}},"lines":[]}}}}"#,
                n * 7
            )
        };
        let samples: Vec<String> = (0..2_000).map(text).collect();
        let dictionary: &'static [u8] = Box::leak(train(&samples, 1024).unwrap().into_boxed_slice());
        assert!(dictionary.len() <= 1024);
        let codec = Codec::of("codec_trained", Box::leak(Box::new([dictionary])));
        let (text, kept) = (text(999_999), codec.encode(&text(999_999)));
        assert!(kept.len() * 3 < text.len(), "{} of {}", kept.len(), text.len());
        assert_eq!(codec.decode(&kept).unwrap(), text);
        assert!(train(&samples[..2], 1024).is_err(), "two samples teach nothing");
    }

    #[test]
    fn without_a_dictionary_short_texts_stay_plain_and_long_ones_shrink() {
        let codec = Codec::of("codec_none", &[]);
        assert_eq!(codec.encode("order_placed"), b"0order_placed");
        let long = "order_placed ".repeat(50);
        let kept = codec.encode(&long);
        assert!(kept[0] == BARE && kept.len() < 60);
        for codec in [codec, Codec::of("codec_later", &[WORDS])] {
            assert_eq!(codec.decode(b"0order_placed").unwrap(), "order_placed");
            assert_eq!(codec.decode(&kept).unwrap(), long);
        }
    }

    proptest! {
        #[test]
        fn every_text_comes_back(text in "\\PC{0,400}") {
            let codec = Codec::of("codec_any", &[WORDS, OTHER]);
            prop_assert_eq!(codec.decode(&codec.encode(&text)).unwrap(), text);
        }

        #[test]
        fn damage_is_a_fault_and_no_panic(kept in prop::collection::vec(any::<u8>(), 0..80)) {
            let _ = Codec::of("codec_any", &[WORDS, OTHER]).decode(&kept);
        }
    }
}
