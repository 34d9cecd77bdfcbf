//! Functions that the compiler knows by name: Python's, `math`'s, NumPy's.

/// Functions of `math` and `cmath` that are ufuncs on Python's floats, and those ufuncs.
pub(crate) const FLOATS: &[(&str, &str)] = &[
    ("math.sqrt", "sqrt"),
    ("math.cbrt", "cbrt"),
    ("math.exp", "exp"),
    ("math.exp2", "exp2"),
    ("math.expm1", "expm1"),
    ("math.log1p", "log1p"),
    ("math.log2", "log2"),
    ("math.log10", "log10"),
    ("math.sin", "sin"),
    ("math.cos", "cos"),
    ("math.tan", "tan"),
    ("math.asin", "arcsin"),
    ("math.acos", "arccos"),
    ("math.atan", "arctan"),
    ("math.atan2", "arctan2"),
    ("math.sinh", "sinh"),
    ("math.cosh", "cosh"),
    ("math.tanh", "tanh"),
    ("math.asinh", "arcsinh"),
    ("math.acosh", "arccosh"),
    ("math.atanh", "arctanh"),
    ("math.fabs", "fabs"),
    ("math.copysign", "copysign"),
    ("math.hypot", "hypot"),
    ("math.fmod", "fmod"),
    ("math.pow", "power"),
    ("math.degrees", "degrees"),
    ("math.radians", "radians"),
    ("math.isnan", "isnan"),
    ("math.isinf", "isinf"),
    ("math.isfinite", "isfinite"),
    ("math.nextafter", "nextafter"),
];

/// Arguments that a function of `math` refuses.
pub(crate) struct Domain {
    /// The function.
    pub(crate) function: &'static str,
    /// The ufunc that tells them, with a bound.
    pub(crate) outside: &'static str,
    /// That bound.
    pub(crate) bound: f64,
    /// What Python says that it wanted.
    pub(crate) wanted: &'static str,
    /// Whether it takes ints as they are: of these Python does not say which it got.
    pub(crate) takes_ints: bool,
}

/// The functions of `math` that refuse arguments.
pub(crate) const DOMAINS: &[Domain] = &[
    Domain {
        function: "math.sqrt",
        outside: "less",
        bound: 0.0,
        wanted: "a nonnegative input",
        takes_ints: false,
    },
    logarithm("math.log"),
    logarithm("math.log2"),
    logarithm("math.log10"),
    Domain {
        function: "math.log1p",
        outside: "less_equal",
        bound: -1.0,
        wanted: "argument value > -1",
        takes_ints: false,
    },
];

const fn logarithm(function: &'static str) -> Domain {
    let wanted = "a positive input";
    Domain { function, outside: "less_equal", bound: 0.0, wanted, takes_ints: true }
}

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
