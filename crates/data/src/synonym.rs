//! Other names under which agencies send the standard columns; used for hints alone, never to guess.

use distretto_core::nearest;

/// Standard names and what they are called elsewhere, in small letters without spaces, `_` and `-`.
const SYNONYMS: [(&str, &[&str]); 16] = [
    (
        "region",
        &[
            "area",
            "county",
            "geo",
            "geoid",
            "geocode",
            "fips",
            "cbsa",
            "msa",
            "state",
            "province",
            "nuts",
            "city",
            "地区",
            "区域",
            "省份",
            "省",
            "城市",
            "市",
            "县",
            "区县",
            "行政区划代码",
            "地区代码",
        ],
    ),
    (
        "industry",
        &[
            "naics",
            "sic",
            "nace",
            "isic",
            "sector",
            "ind",
            "activity",
            "行业",
            "产业",
            "行业代码",
            "产业代码",
            "行业名称",
        ],
    ),
    (
        "employment",
        &[
            "emp",
            "empl",
            "employees",
            "employed",
            "jobs",
            "workers",
            "persons",
            "就业",
            "就业人数",
            "从业人员",
            "从业人数",
            "职工人数",
            "就业人员",
            "从业人员数",
        ],
    ),
    (
        "establishments",
        &[
            "estab",
            "estabs",
            "est",
            "plants",
            "firms",
            "units",
            "企业数",
            "单位数",
            "企业个数",
            "企业单位数",
            "法人单位数",
        ],
    ),
    ("output", &["valueadded", "gva", "gdp", "production", "turnover", "产值", "总产值", "增加值", "工业总产值"]),
    ("year", &["yr", "time", "date", "period", "年份", "年", "年度"]),
    ("id", &["plant", "plantid", "firm", "code", "key", "编号", "企业", "代码"]),
    ("lon", &["longitude", "lng", "long", "经度"]),
    ("lat", &["latitude", "纬度"]),
    ("x", &["easting", "xcoord", "东"]),
    ("y", &["northing", "ycoord", "北"]),
    ("size", &["employment", "employees", "emp", "jobs", "规模", "从业人数", "就业人数"]),
    ("source", &["from", "origin", "i", "起点", "来源"]),
    ("target", &["to", "destination", "j", "终点", "目标"]),
    ("weight", &["w", "value", "权重"]),
    ("name", &["title", "label", "名称"]),
];

fn bare(name: &str) -> String {
    name.chars().filter(|c| !matches!(c, ' ' | '_' | '-' | '.')).flat_map(char::to_lowercase).collect()
}

/// The header that was probably meant by a name that is not there.
pub(crate) fn meant<'a>(name: &str, headers: &'a [String]) -> Option<&'a str> {
    let wanted = bare(name);
    let header = |test: &dyn Fn(&str) -> bool| headers.iter().find(|header| test(&bare(header))).map(String::as_str);
    let others = SYNONYMS.iter().find(|(standard, _)| *standard == wanted).map_or(&[][..], |(_, others)| others);
    header(&|bare| bare == wanted)
        .or_else(|| header(&|bare| others.contains(&bare)))
        .or_else(|| header(&|bare| others.iter().any(|other| starts(bare, other))))
        .or_else(|| {
            let known: Vec<String> = headers.iter().map(|header| bare(header)).collect();
            let known: Vec<&str> = known.iter().map(String::as_str).filter(|bare| !bare.is_empty()).collect();
            let near = nearest(&wanted, &known)?;
            headers.iter().find(|header| bare(header) == near).map(String::as_str)
        })
}

/// `naics4` and `emp2019` begin with a known word and go on in digits.
fn starts(bare: &str, word: &str) -> bool {
    word.chars().count() > 1 && bare.strip_prefix(word).is_some_and(|rest| rest.chars().all(|c| c.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_spaces_synonyms_and_typing_errors_are_seen_through() {
        let headers: Vec<String> = ["Employment ", "NAICS_4", "省份", "lattitude"].map(String::from).into();
        assert_eq!(meant("employment", &headers), Some("Employment "));
        assert_eq!(meant("industry", &headers), Some("NAICS_4"));
        assert_eq!(meant("region", &headers), Some("省份"));
        assert_eq!(meant("latitude", &headers), Some("lattitude"));
        assert_eq!(meant("establishments", &headers), None);
    }
}
