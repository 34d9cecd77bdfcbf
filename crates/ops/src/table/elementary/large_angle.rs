//! The remainder of a large angle by pi/2.
//!
//! M. Payne, R. Hanek, "Radian reduction for trigonometric functions", SIGNUM Newsletter 18
//! (1983): of the bits of 2/pi only those matter that give a product with the angle's significand
//! between 4 and what the result can resolve. A window of 192 of them, chosen by the exponent,
//! is multiplied by the significand modulo 2^192 in limbs of 32 bits; the top two bits are the
//! quadrant, the next 126 the fraction. No float64 comes closer than 2^-62 to a multiple of pi/2,
//! so 64 significant bits remain.

use super::format::{flip_sign, sign_bit};
use super::pair::{Pair, scale, sum};
use crate::formula::{Builder, Val};
use stook_types::DType::{F64, I64, U64};

/// 64 zero bits, then those of 2/pi; entry k holds bits 32 k to 32 k + 63.
#[rustfmt::skip]
const TWO_OVER_PI: &[u64] = &[
    0x0000_0000_0000_0000, 0x0000_0000_a2f9_836e, 0xa2f9_836e_4e44_1529, 0x4e44_1529_fc27_57d1,
    0xfc27_57d1_f534_ddc0, 0xf534_ddc0_db62_9599, 0xdb62_9599_3c43_9041, 0x3c43_9041_fe51_63ab,
    0xfe51_63ab_debb_c561, 0xdebb_c561_b724_6e3a, 0xb724_6e3a_424d_d2e0, 0x424d_d2e0_0649_2eea,
    0x0649_2eea_09d1_921c, 0x09d1_921c_fe1d_eb1c, 0xfe1d_eb1c_b129_a73e, 0xb129_a73e_e882_35f5,
    0xe882_35f5_2ebb_4484, 0x2ebb_4484_e99c_7026, 0xe99c_7026_b45f_7e41, 0xb45f_7e41_3991_d639,
    0x3991_d639_8353_39f4, 0x8353_39f4_9c84_5f8b, 0x9c84_5f8b_bdf9_283b, 0xbdf9_283b_1ff8_97ff,
    0x1ff8_97ff_de05_980f, 0xde05_980f_ef2f_118b, 0xef2f_118b_5a0a_6d1f, 0x5a0a_6d1f_6d36_7ecf,
    0x6d36_7ecf_27cb_09b7, 0x27cb_09b7_4f46_3f66, 0x4f46_3f66_9e5f_ea2d, 0x9e5f_ea2d_7527_bac7,
    0x7527_bac7_ebe5_f17b, 0xebe5_f17b_3d07_39f7, 0x3d07_39f7_8a52_92ea, 0x8a52_92ea_6bfb_5fb1,
    0x6bfb_5fb1_1f8d_5d08, 0x1f8d_5d08_5603_3046, 0x5603_3046_fc7b_6bab, 0xfc7b_6bab_f0cf_bc20,
    0xf0cf_bc20_9af4_361d, 0x9af4_361d_a9e3_9161,
];

/// Limbs of the window.
const LIMBS: usize = 6;

/// A reduced angle: `x = quadrant pi/2 + angle`.
pub(super) struct Reduced {
    /// Within a little more than [-pi/4, pi/4].
    pub(super) angle: Pair,
    /// An integer, as a float; only its last two bits matter.
    pub(super) quadrant: Val,
}

/// Reduces an F64 of size 2^20 at least; for others the result means nothing.
pub(super) fn reduce(f: &mut Builder, x: Val) -> Reduced {
    let raw = f.bitcast(x, U64);
    let (window, significand) = window(f, raw);
    let product = multiply(f, &window, significand);
    let word = |f: &mut Builder, high: Val, low: Val| {
        let count = f.int(U64, 32);
        let high = f.shl(high, count);
        f.or(high, low)
    };
    let high = word(f, product[0], product[1]);
    let low = word(f, product[2], product[3]);
    let (fraction, quadrant) = round(f, high, low);
    let sign = sign_bit(f, x);
    let quarter = f.float(F64, std::f64::consts::FRAC_PI_2);
    let quarter_low = f.float(F64, 6.123233995736766e-17);
    let hi = scale(f, fraction, quarter);
    let lo = f.fma(fraction.hi, quarter_low, hi.lo);
    let angle = sum(f, hi.hi, lo);
    Reduced {
        angle: Pair { hi: flip_sign(f, angle.hi, sign), lo: flip_sign(f, angle.lo, sign) },
        quadrant: flip_sign(f, quadrant, sign),
    }
}

/// The limbs of 2/pi from the bit whose product weighs 2, most significant first; the significand.
fn window(f: &mut Builder, raw: Val) -> (Vec<Val>, Val) {
    let int = |f: &mut Builder, value: i128| f.int(U64, value);
    let width = int(f, 52);
    let exponent_mask = int(f, 0x7ff);
    let fraction_mask = int(f, (1 << 52) - 1);
    let hidden = int(f, 1 << 52);
    let biased = f.shr(raw, width);
    let biased = f.and(biased, exponent_mask);
    let fraction = f.and(raw, fraction_mask);
    let significand = f.or(fraction, hidden);
    // The exponent of the significand's last bit is biased - 1075, the window starts one before,
    // and bit 1 of 2/pi stands at 64 in the table: biased - 1075 - 1 - 1 + 64.
    let least = int(f, 1013);
    let low = f.lt(biased, least);
    let biased = f.select(low, least, biased);
    let offset = int(f, 1013);
    let start = f.sub(biased, offset);
    let five = int(f, 5);
    let word = f.shr(start, five);
    let index = f.convert(word, I64);
    let below = int(f, 31);
    let shift = f.and(start, below);
    let limb_width = int(f, 32);
    let down = f.sub(limb_width, shift);
    let mask = int(f, 0xffff_ffff);
    let limbs = (0..LIMBS)
        .map(|k| {
            let step = f.int(I64, k as i128);
            let at = f.add(index, step);
            let bits = f.lookup(TWO_OVER_PI, U64, at);
            let bits = f.shr(bits, down);
            f.and(bits, mask)
        })
        .collect();
    (limbs, significand)
}

/// `window * significand` modulo 2^192, most significant limb first.
fn multiply(f: &mut Builder, window: &[Val], significand: Val) -> Vec<Val> {
    let mask = f.int(U64, 0xffff_ffff);
    let width = f.int(U64, 32);
    let low = f.and(significand, mask);
    let high = f.shr(significand, width);
    let zero = f.int(U64, 0);
    let mut result = vec![zero; LIMBS];
    for (factor, offset) in [(low, 0), (high, 1)] {
        let mut carry = zero;
        for k in (offset..LIMBS).rev() {
            let at = k - offset;
            let part = f.mul(window[k], factor);
            let part = f.add(part, carry);
            let total = f.add(part, result[at]);
            result[at] = f.and(total, mask);
            carry = f.shr(total, width);
        }
    }
    result
}

/// The nearest integer and the signed fraction of the 128 bits, of which two stand before the
/// point.
fn round(f: &mut Builder, high: Val, low: Val) -> (Pair, Val) {
    let int = |f: &mut Builder, value: i128| f.int(U64, value);
    let half = int(f, 1 << 61);
    let top = int(f, 62);
    let two = int(f, 2);
    let rounded = f.add(high, half);
    let quadrant = f.shr(rounded, top);
    let quadrant = f.convert(quadrant, F64);
    let shifted = f.shl(high, two);
    let carried = f.shr(low, top);
    let first = f.or(shifted, carried);
    let second = f.shl(low, two);
    let sign_mask = int(f, 1 << 63);
    let sign = f.and(first, sign_mask);
    let zero = int(f, 0);
    let ones = int(f, -1);
    let is_negative = f.ne(sign, zero);
    let flip = f.select(is_negative, ones, zero);
    let first = f.xor(first, flip);
    let second = f.xor(second, flip);
    let a = upper(f, first, 2f64.powi(-32));
    let b = lower(f, first, 2f64.powi(-64));
    let c = upper(f, second, 2f64.powi(-96));
    let d = lower(f, second, 2f64.powi(-128));
    let ab = sum(f, a, b);
    let cd = f.add(c, d);
    let rest = f.add(ab.lo, cd);
    let total = sum(f, ab.hi, rest);
    let hi = flip_sign(f, total.hi, sign);
    let lo = flip_sign(f, total.lo, sign);
    (Pair { hi, lo }, quadrant)
}

fn upper(f: &mut Builder, word: Val, weight: f64) -> Val {
    let width = f.int(U64, 32);
    let part = f.shr(word, width);
    weighted(f, part, weight)
}

fn lower(f: &mut Builder, word: Val, weight: f64) -> Val {
    let mask = f.int(U64, 0xffff_ffff);
    let part = f.and(word, mask);
    weighted(f, part, weight)
}

fn weighted(f: &mut Builder, part: Val, weight: f64) -> Val {
    let value = f.convert(part, F64);
    let weight = f.float(F64, weight);
    f.mul(value, weight)
}
