//! Tables of sixteen entries, as bits, for the exponentials and logarithms of F64.
//!
//! Written by tools/fit_polynomials.py; do not edit.

/// The bits of the least significand.
pub(super) const LEAST: u64 = 0x3fea_4937_4bc6_a7f0;

/// ln(2), as a multiple of 2^-42.
pub(super) const LN2_HIGH: f64 = 0.6931471805598903;

/// The rest of ln(2).
pub(super) const LN2_LOW: f64 = 5.497923018708371e-14;

/// ln(2) / 16.
pub(super) const STEP_HIGH: f64 = 0.04332169878499658;

/// The rest of that.
pub(super) const STEP_LOW: f64 = 1.4494042586539372e-18;

/// 16 / ln(2).
pub(super) const STEPS: f64 = 23.083120654223414;

/// 1/c, of the entries c beside which significands lie.
pub(super) static INVERSES: [u64; 16] = [
    0x3ff3_0000_0000_0000,
    0x3ff2_8000_0000_0000,
    0x3ff2_0000_0000_0000,
    0x3ff1_0000_0000_0000,
    0x3ff0_8000_0000_0000,
    0x3ff0_0000_0000_0000,
    0x3fee_8000_0000_0000,
    0x3fed_0000_0000_0000,
    0x3feb_0000_0000_0000,
    0x3fea_0000_0000_0000,
    0x3fe8_8000_0000_0000,
    0x3fe7_8000_0000_0000,
    0x3fe6_8000_0000_0000,
    0x3fe5_8000_0000_0000,
    0x3fe4_8000_0000_0000,
    0x3fe4_0000_0000_0000,
];

/// log(c), as a multiple of 2^-42.
pub(super) static LOG_HIGHS: [u64; 16] = [
    0xbfc5_ff30_70a7_a000,
    0xbfc2_9552_f820_0000,
    0xbfbe_2707_6e2b_0000,
    0xbfaf_0a30_c011_8000,
    0xbf9f_829b_0e78_0000,
    0x0000_0000_0000_0000,
    0x3fa8_94aa_149f_8000,
    0x3fb9_335e_5d59_4000,
    0x3fc5_bf40_6b54_4000,
    0x3fca_93ed_3c8a_e000,
    0x3fd1_178e_8227_e000,
    0x3fd3_c252_7733_3000,
    0x3fd6_8ac8_3e9c_7000,
    0x3fd9_73a3_4313_5000,
    0x3fdc_7ff9_c745_5000,
    0x3fde_148a_1a27_2000,
];

/// The rest of log(c).
pub(super) static LOG_LOWS: [u64; 16] = [
    0x3d38_586f_183b_ebf2,
    0x3d35_b967_f447_1dfc,
    0x3d2a_342c_2af0_003c,
    0x3d2d_599e_8336_8e91,
    0xbd29_8026_7c7e_09e4,
    0x0000_0000_0000_0000,
    0x3d39_a19a_8be9_7661,
    0x3d23_115c_3abd_47da,
    0xbd12_7023_eb68_981c,
    0xbd28_7243_5056_2169,
    0x3d31_ef78_ce2d_07f2,
    0x3d18_3b54_b606_bd5c,
    0xbd37_af96_6c54_8a30,
    0x3d3a_b73b_16bf_4984,
    0x3d33_2491_1f56_db29,
    0x3d3b_3653_7e33_75b2,
];

/// 2^(j/16), less j at the place of sixteenths of an exponent.
pub(super) static POWERS: [u64; 16] = [
    0x3ff0_0000_0000_0000,
    0x3fef_b558_6cf9_890f,
    0x3fef_72b8_3c7d_517b,
    0x3fef_387a_6e75_6238,
    0x3fef_06fe_0a31_b715,
    0x3fee_dea6_4c12_3422,
    0x3fee_bfda_d536_2a27,
    0x3fee_ab07_dd48_5429,
    0x3fee_a09e_667f_3bcd,
    0x3fee_a114_73eb_0187,
    0x3fee_ace5_422a_a0db,
    0x3fee_c491_82a3_f090,
    0x3fee_e89f_995a_d3ad,
    0x3fef_199b_dd85_529c,
    0x3fef_5818_dcfb_a487,
    0x3fef_a4af_a2a4_90da,
];

/// What those lack, as a share of them.
pub(super) static POWER_TAILS: [u64; 16] = [
    0x0000_0000_0000_0000,
    0x3c97_9aa6_5d83_7b6c,
    0xbc80_1b15_eaa5_9348,
    0x3c96_8efd_e3a8_a893,
    0x3c83_4d75_4db0_abb6,
    0x3c85_9f48_a72a_4c6c,
    0x3c76_90ce_bb7a_afb0,
    0x3c90_63e1_e21c_5409,
    0xbc93_b3ef_bf5e_2229,
    0xbc7b_32dc_b94d_a51d,
    0x3c8d_b72f_c1f0_eab4,
    0x3c71_affc_2b91_ce27,
    0x3c8c_1a77_92cb_3386,
    0x3c73_6eae_30af_0cb3,
    0x3c74_a385_a63d_07a7,
    0xbc8f_f712_8fd3_91f1,
];
