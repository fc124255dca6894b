//! The studies that `distretto new` starts from.

/// A study to start from: its name, what it shows, and its files.
#[derive(Debug, Clone, Copy)]
pub struct Template {
    /// Name for `--template`.
    pub name: &'static str,
    /// What it shows, in a line.
    pub about: &'static str,
    pub(crate) files: &'static [(&'static str, &'static str)],
}

/// Files of an example as they are: a second copy would rot.
macro_rules! of_example {
    ($example:literal: $($file:literal),+ $(,)?) => {
        &[$(($file, include_str!(concat!("../../../examples/", $example, "/", $file)))),+]
    };
}

/// The studies to start from; the first is the default.
pub const TEMPLATES: &[Template] = &[AREAS, PLANTS, INNOVATION, FLOWS, NETWORK, APPRAISAL, SURVEY];

const AREAS: Template = Template {
    name: "areas",
    about: "Where an industry is, what moved it: vehicle makers and their suppliers in the United States, 2001 and 2011",
    files: &[
        ("study.toml", include_str!("../templates/areas/study.toml")),
        ("states_2001_2011.csv", include_str!("../templates/areas/states_2001_2011.csv")),
        ("industries.csv", include_str!("../templates/areas/industries.csv")),
        ("states.geojson", include_str!("../templates/areas/states.geojson")),
        ("DATA.md", include_str!("../templates/areas/DATA.md")),
        ("us-atlas-3.0.1_ISC.txt", include_str!("../templates/areas/us-atlas-3.0.1_ISC.txt")),
    ],
};

/// Its data are those of the example.
const PLANTS: Template = Template {
    name: "plants",
    about: "At which distances plants cluster, where, with whom: 2,211 large emitters in the United States, 2017",
    files: &[
        ("study.toml", include_str!("../templates/plants/study.toml")),
        ("plants.csv", include_str!("../../../examples/plants-us/plants.csv")),
        ("industries.csv", include_str!("../../../examples/plants-us/industries.csv")),
        ("states.geojson", include_str!("../../../examples/plants-us/states.geojson")),
        ("DATA.md", include_str!("../../../examples/plants-us/DATA.md")),
        ("us-atlas-3.0.1_ISC.txt", include_str!("../../../examples/plants-us/us-atlas-3.0.1_ISC.txt")),
    ],
};

const INNOVATION: Template = Template {
    name: "innovation",
    about: "How much firms spend on R&D when knowledge leaks, what cooperation and policy change: games of homogeneous and heterogeneous clusters",
    files: of_example!(
        "spillover-laboratory":
        "study.toml",
        "DATA.md",
        "games/absorptive.toml",
        "games/allied.toml",
        "games/cost.toml",
        "games/efficiency.toml",
        "games/homogeneous.toml",
        "games/institute.toml",
        "games/large.csv",
        "games/large.toml",
        "games/money.toml",
        "notes/absorptive-check.md",
        "notes/absorptive.md",
        "notes/allied.md",
        "notes/anchor-policy.md",
        "notes/anchor.md",
        "notes/basic.md",
        "notes/both.md",
        "notes/cost-check.md",
        "notes/cost.md",
        "notes/crowding.md",
        "notes/efficiency-check.md",
        "notes/efficiency.md",
        "notes/independent.md",
        "notes/institute.md",
        "notes/join-equals.md",
        "notes/join-leaky.md",
        "notes/join.md",
        "notes/large-alone.md",
        "notes/large-far.md",
        "notes/large-near.md",
        "notes/modes-by-spillover.md",
        "notes/modes.md",
        "notes/output-dear.md",
        "notes/output-subsidy.md",
        "notes/propositions.md",
        "notes/rd-dear.md",
        "notes/rd-subsidy.md",
        "notes/rd-tax.md",
        "notes/scale.md",
        "notes/size-leaky.md",
        "notes/size.md",
        "notes/spillover.md",
        "notes/subsidy-curve.md",
        "notes/targeted.md",
        "notes/with-subsidy.md",
    ),
};

/// Its data are those of the example.
const FLOWS: Template = Template {
    name: "flows",
    about: "Whom an industry pulls and pushes, what would be lost without it: an input-output table of the United States, 2017",
    files: &[
        ("study.toml", include_str!("../templates/flows/study.toml")),
        ("DATA.md", include_str!("../templates/flows/DATA.md")),
        ("io_2017_domestic.csv", include_str!("../../../examples/motor-vehicle-parts-us/io_2017_domestic.csv")),
        ("io_sectors.csv", include_str!("../../../examples/motor-vehicle-parts-us/io_sectors.csv")),
        ("useeior_MIT.txt", include_str!("../../../examples/motor-vehicle-parts-us/useeior_MIT.txt")),
    ],
};

const NETWORK: Template = Template {
    name: "network",
    about: "Who connects a programme of joint research: organisations in European transport research, 2014 to 2021",
    files: of_example!(
        "h2020-knowledge-network":
        "study.toml",
        "DATA.md",
        "coordination.csv",
        "eunets_MIT.txt",
        "joint_2014_2016.csv",
        "joint_2017_2021.csv",
        "notes/attack.md",
        "notes/brokers.md",
        "notes/central.md",
        "notes/communities.md",
        "notes/core.md",
        "notes/countries.md",
        "notes/governance.md",
        "notes/helix.md",
        "notes/holes.md",
        "notes/kinds.md",
        "notes/mixing.md",
        "notes/network.md",
        "notes/newman.md",
        "notes/same-countries.md",
        "notes/small-world.md",
        "notes/years.md",
        "organisations.csv",
        "participations.csv",
        "presence.csv",
        "relations.csv",
        "size_2017_2021.csv",
    ),
};

const APPRAISAL: Template = Template {
    name: "appraisal",
    about: "How units compare on many indicators, how firm that is, what they lack: innovation in the provinces of China; paths/ holds paths to copy",
    files: of_example!(
        "jiangxi-innovation":
        "study.toml",
        "DATA.md",
        "echarts_LICENSE",
        "echarts_NOTICE",
        "indicators.csv",
        "indicators_2023.csv",
        "names.csv",
        "notes/any-weights.md",
        "notes/conventions.md",
        "notes/coupling.md",
        "notes/factors.md",
        "notes/index.md",
        "notes/rank.md",
        "notes/weights.md",
        "notes/years.md",
        "panel_2010_2023.csv",
        "paths/lin-2013.toml",
        "paths/wang-lu-2016.toml",
        "provinces.geojson",
        "techme_MIT.txt",
        "tree.toml",
    ),
};

const SURVEY: Template = Template {
    name: "survey-cluster-firms",
    about: "A questionnaire for the firms of a cluster with its codebook: state of innovation, bottlenecks, choice of path; on simulated answers",
    files: of_example!(
        "survey-cluster-firms":
        "study.toml",
        "DATA.md",
        "answers.csv",
        "codebook.csv",
        "codes.csv",
        "frame.csv",
        "items.csv",
        "notes/answers.md",
        "notes/bottlenecks.md",
        "notes/reliable.md",
        "notes/swot.md",
        "swot.toml",
    ),
};
