use super::*;

fn says(text: &str) -> String {
    let fault = parse(text.as_bytes(), "m.geojson").expect_err("wrong map");
    format!("{fault} | {}", fault.hint().unwrap_or_default())
}

fn collection(features: &str) -> String {
    format!(r#"{{"type":"FeatureCollection","features":[{features}]}}"#)
}

fn square(id: &str) -> String {
    let ring = "[[0,0],[1,0],[1,1],[0,0]]";
    format!(r#"{{"type":"Feature",{id},"geometry":{{"type":"Polygon","coordinates":[{ring}]}}}}"#)
}

#[test]
fn codes_come_from_properties_or_id() {
    let features = [
        square(r#""id":7,"properties":{"region":"01","name":"One"}"#),
        square(r#""id":2,"properties":null"#),
        square(r#""properties":{"code":"C"}"#),
    ];
    let (regions, _) = parse(collection(&features.join(",")).as_bytes(), "m.geojson").expect("valid");
    assert_eq!(regions.iter().map(|region| region.id.as_str()).collect::<Vec<_>>(), ["01", "2", "C"]);
    assert_eq!(regions[0].name.as_deref(), Some("One"));
    assert_eq!(regions[0].polygons, [[[(0.0, 0.0), (1.0, 0.0), (1.0, 1.0)]]]);
}

#[test]
fn wrong_maps_say_where() {
    assert!(says("{\n\"type\": \"Feature").starts_with("m.geojson, line 2, column"));
    assert!(says("region,x\n").contains("this is not JSON"));
    assert!(says(&collection("")).contains("no features"));
    assert!(
        says(&collection(&square(r#""properties":{"GEOID":1}"#)))
            .contains("feature 1 has no code; its properties: GEOID")
    );
    let double = [square(r#""id":1"#), square(r#""id":1"#)].join(",");
    assert!(says(&collection(&double)).contains("duplicate region"));
    let open = square(r#""id":1"#).replace(",[1,1]", "");
    assert!(says(&collection(&open)).contains("a ring has 3 points"));
    assert!(says(&collection(&square(r#""id":1"#).replace("[1,0]", "[1]"))).contains("pair of finite numbers"));
    assert!(
        says(&collection(&square(r#""id":1"#).replace("Polygon", "LineString"))).contains("LineString is no outline")
    );
    assert!(says(&collection(&square(r#""id":1"#).replace("[1,0]", "[1e999,0]"))).contains("line 1"));
}
