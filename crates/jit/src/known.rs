//! Functions that the compiler knows by name: Python's, `math`'s and `cmath`'s, NumPy's.
//!
//! Of `math` these are ufuncs of the table and functions of `stook._maths`, with what Python refuses of
//! each: it looks at results, where NaN of numbers, or an infinity of finite ones, is outside of the
//! function's domain or range, and of some functions at the argument before.

/// A function of `math` on floats, or of `cmath` on complex numbers.
pub(crate) struct OfMath {
    /// The function.
    pub(crate) name: &'static str,
    /// The ufunc, or the function of the library.
    pub(crate) made: Made,
    /// What Python refuses.
    pub(crate) refuses: Refuses,
    /// What Python says that it wanted, from 3.14 on.
    pub(crate) wanted: Option<&'static str>,
}

/// What computes it.
pub(crate) enum Made {
    /// A ufunc of the table.
    Ufunc(&'static str),
    /// A function of `stook._maths`.
    Library(&'static str),
}

/// What Python refuses of a function.
pub(crate) enum Refuses {
    /// Nothing.
    Nothing,
    /// Arguments that a ufunc tells, with a bound.
    Arguments {
        /// The ufunc.
        outside: &'static str,
        /// The bound.
        bound: f64,
        /// Whether it takes ints as they are: of these Python does not say which it got.
        takes_ints: bool,
    },
    /// NaN of numbers, and infinities of finite ones.
    Results(Infinite),
}

/// What an infinity of finite numbers is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Infinite {
    /// Outside of the domain.
    Domain,
    /// Outside of the range.
    Range,
    /// Outside of the range, but for an argument for which a ufunc holds with zero.
    RangeUnless(&'static str),
}

impl OfMath {
    const fn new(name: &'static str, made: Made) -> Self {
        Self { name, made, refuses: Refuses::Nothing, wanted: None }
    }

    const fn refusing(self, infinite: Infinite) -> Self {
        Self { refuses: Refuses::Results(infinite), ..self }
    }

    const fn outside(self, outside: &'static str, bound: f64, takes_ints: bool) -> Self {
        Self { refuses: Refuses::Arguments { outside, bound, takes_ints }, ..self }
    }

    const fn wanting(self, wanted: &'static str) -> Self {
        Self { wanted: Some(wanted), ..self }
    }
}

const fn ufunc(name: &'static str, ufunc: &'static str) -> OfMath {
    OfMath::new(name, Made::Ufunc(ufunc))
}

const fn library(name: &'static str, function: &'static str) -> OfMath {
    OfMath::new(name, Made::Library(function))
}

const fn logarithm(name: &'static str, of: &'static str) -> OfMath {
    ufunc(name, of).outside("less_equal", 0.0, true).wanting("a positive input")
}

const FINITE: &str = "a finite input";
const UP_TO_ONE: &str = "a number in range from -1 up to 1";
const NO_POLE: &str = "a noninteger or positive integer";

/// The functions.
pub(crate) const OF_FLOATS: &[OfMath] = &[
    ufunc("math.sqrt", "sqrt").outside("less", 0.0, false).wanting("a nonnegative input"),
    ufunc("math.cbrt", "cbrt"),
    ufunc("math.exp", "exp").refusing(Infinite::Range),
    ufunc("math.exp2", "exp2").refusing(Infinite::Range),
    ufunc("math.expm1", "expm1").refusing(Infinite::Range),
    logarithm("math.log", "log"),
    logarithm("math.log2", "log2"),
    logarithm("math.log10", "log10"),
    ufunc("math.log1p", "log1p").outside("less_equal", -1.0, false).wanting("argument value > -1"),
    ufunc("math.sin", "sin").refusing(Infinite::Domain).wanting(FINITE),
    ufunc("math.cos", "cos").refusing(Infinite::Domain).wanting(FINITE),
    ufunc("math.tan", "tan").refusing(Infinite::Domain).wanting(FINITE),
    ufunc("math.asin", "arcsin").refusing(Infinite::Domain).wanting(UP_TO_ONE),
    ufunc("math.acos", "arccos").refusing(Infinite::Domain).wanting(UP_TO_ONE),
    ufunc("math.atan", "arctan"),
    ufunc("math.atan2", "arctan2"),
    ufunc("math.sinh", "sinh").refusing(Infinite::Range),
    ufunc("math.cosh", "cosh").refusing(Infinite::Range),
    ufunc("math.tanh", "tanh"),
    ufunc("math.asinh", "arcsinh"),
    ufunc("math.acosh", "arccosh")
        .refusing(Infinite::Domain)
        .wanting("argument value not less than 1"),
    ufunc("math.atanh", "arctanh").refusing(Infinite::Domain).wanting("a number between -1 and 1"),
    ufunc("math.fabs", "fabs"),
    ufunc("math.copysign", "copysign"),
    ufunc("math.fmod", "fmod").refusing(Infinite::Domain),
    ufunc("math.pow", "power").refusing(Infinite::RangeUnless("equal")),
    ufunc("math.degrees", "degrees"),
    ufunc("math.radians", "radians"),
    ufunc("math.isnan", "isnan"),
    ufunc("math.isinf", "isinf"),
    ufunc("math.isfinite", "isfinite"),
    ufunc("math.nextafter", "nextafter"),
    library("math.erf", "erf"),
    library("math.erfc", "erfc"),
    library("math.gamma", "gamma").refusing(Infinite::RangeUnless("equal")).wanting(NO_POLE),
    library("math.lgamma", "lgamma").refusing(Infinite::RangeUnless("less_equal")).wanting(NO_POLE),
    library("math.remainder", "remainder").refusing(Infinite::Domain),
    library("math.ulp", "ulp"),
    library("math.frexp", "frexp"),
    library("math.modf", "modf"),
];

/// Functions of `cmath` on complex numbers, with their ufuncs.
pub(crate) const OF_COMPLEX: &[OfMath] = &[
    ufunc("cmath.sqrt", "sqrt").refusing(Infinite::Range),
    ufunc("cmath.exp", "exp").refusing(Infinite::Range),
    ufunc("cmath.log", "log").refusing(Infinite::Domain),
    ufunc("cmath.log10", "log10").refusing(Infinite::Domain),
    ufunc("cmath.sin", "sin").refusing(Infinite::Range),
    ufunc("cmath.cos", "cos").refusing(Infinite::Range),
    ufunc("cmath.tan", "tan").refusing(Infinite::Range),
    ufunc("cmath.asin", "arcsin").refusing(Infinite::Range),
    ufunc("cmath.acos", "arccos").refusing(Infinite::Range),
    ufunc("cmath.atan", "arctan").refusing(Infinite::Domain),
    ufunc("cmath.sinh", "sinh").refusing(Infinite::Range),
    ufunc("cmath.cosh", "cosh").refusing(Infinite::Range),
    ufunc("cmath.tanh", "tanh").refusing(Infinite::Range),
    ufunc("cmath.asinh", "arcsinh").refusing(Infinite::Range),
    ufunc("cmath.acosh", "arccosh").refusing(Infinite::Range),
    ufunc("cmath.atanh", "arctanh").refusing(Infinite::Domain),
    ufunc("cmath.isnan", "isnan"),
    ufunc("cmath.isinf", "isinf"),
    ufunc("cmath.isfinite", "isfinite"),
];

/// Functions of `math` on ints, and how many they take; of `stook._maths`.
pub(crate) const OF_INTS: &[(&str, usize)] =
    &[("math.factorial", 1), ("math.comb", 2), ("math.perm", 2), ("math.isqrt", 1)];

/// Functions of `math` that round to an int.
pub(crate) const ROUNDINGS: &[(&str, &str)] =
    &[("math.floor", "floor"), ("math.ceil", "ceil"), ("math.trunc", "trunc")];

/// The full name of a function of `numpy` without the module.
pub(crate) fn of_numpy(name: &str) -> Option<&str> {
    name.strip_prefix("numpy.")
}

/// The second name of a pair, by the first.
pub(crate) fn find(pairs: &[(&str, &'static str)], name: &str) -> Option<&'static str> {
    pairs.iter().find(|(known, _)| *known == name).map(|(_, other)| *other)
}
