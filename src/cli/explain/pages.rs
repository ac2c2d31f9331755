//! The pages: a text for each code, beside this file.

/// What is told of a code.
#[derive(Clone, Copy, Debug)]
pub struct Page {
    /// The code: `E0310`.
    pub code: &'static str,
    /// The text, as it is printed: `E0310: title`, a free line, and the rest.
    pub text: &'static str,
}

impl Page {
    /// What it is about, in some words.
    pub fn title(&self) -> &'static str {
        let line = self.text.lines().next().unwrap_or_default();
        line.split_once(": ").map_or(line, |(_, title)| title)
    }

    /// What follows the title.
    pub fn body(&self) -> &'static str {
        self.text.split_once("\n\n").map_or("", |(_, body)| body)
    }
}

macro_rules! pages {
    ($($code:literal),* $(,)?) => {
        &[$(Page {
            code: $code,
            text: include_str!(concat!($code, ".txt")),
        }),*]
    };
}

/// Every code that is ever printed.
pub const ALL: &[Page] = pages![
    "E0101", "E0102", "E0103", "E0104", "E0105", "E0106", "E0107", "E0108", "E0109", "E0110",
    "E0111", "E0112", "E0113", "E0114", "E0115", "E0116", "E0117", "E0118", "E0119", "E0120",
    "E0121", "E0122", "E0123", "E0124", "E0125", "E0126", "E0127", "E0128", "E0130", "E0131",
    "E0132", "E0133", "W0201", "W0202", "E0201", "E0202", "E0203", "E0204", "E0205", "E0206",
    "E0207", "E0208", "E0209", "E0210", "E0211", "E0212", "E0213", "E0214", "E0300", "E0301",
    "E0310", "E0311", "E0312", "E0313", "E0314", "E0315", "E0316", "E0317", "E0318", "E0319",
    "E0320", "E0321", "E0322", "E0323", "E0324", "E0325", "E0326", "E0327", "E0328", "E0330",
    "E0331", "E0332", "E0333", "E0334", "E0335", "E0336", "E0337", "E0340", "E0341", "E0350",
    "E0351", "E0352", "W0301", "W0302", "W0303", "W0304", "W0305", "W0306", "W0307", "W0308",
    "W0309", "W0310", "E0401", "E0402", "E0403", "E0404", "E0405", "E0406", "E0407", "E0408",
    "E0409", "E0410", "E0411", "E0412", "E0413", "E0414", "E0415", "E0416", "E0417", "E0418",
    "E0419", "E0420", "E0421", "E0422", "E0423", "E0424", "E0425", "E0426", "E0427", "E0428",
    "E0429", "E0430", "E0431", "E0432", "E0433", "E0434", "E0435", "E0440", "E0441", "E0442",
    "E0450", "E0451", "E0452", "E0453", "E0454", "E0455", "E0456", "E0460", "E0461", "E0462",
    "E0463", "E0470", "E0471", "E0472", "E0473", "E0474", "E0475", "E0476", "E0477", "E0478",
    "E0479", "E0480", "E0481", "E0482", "E0483", "E0484", "E0485", "E0486", "E0487", "E0488",
    "E0489", "E0490", "E0491", "E0492", "E0493", "W0440", "E0501", "E0502", "E0503", "E0504",
    "E0505", "E0506", "E0507", "E0508", "W0601", "W0602", "W0603", "W0604",
];
