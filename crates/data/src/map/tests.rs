use super::*;

fn says(text: &str) -> String {
    let fault = parse(text.as_bytes(), "m.geojson", &ReadOptions::default()).expect_err("wrong map");
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
    let (regions, _) =
        parse(collection(&features.join(",")).as_bytes(), "m.geojson", &ReadOptions::default()).expect("valid");
    assert_eq!(regions.iter().map(|region| region.id.as_str()).collect::<Vec<_>>(), ["01", "2", "C"]);
    assert_eq!(regions[0].name.as_deref(), Some("One"));
    assert_eq!(regions[0].polygons, [[[(0.0, 0.0), (1.0, 0.0), (1.0, 1.0)]]]);
}

#[test]
fn other_properties_may_hold_code_and_name() {
    let rename = vec![("region".to_owned(), "name_zh".to_owned()), ("name".to_owned(), "pinyin".to_owned())];
    let options = ReadOptions { rename, ..ReadOptions::default() };
    let read = |feature: &str| parse(collection(&square(feature)).as_bytes(), "m.geojson", &options);
    let (regions, _) = read(r#""id":1,"properties":{"name_zh":"南昌","pinyin":"Nanchang"}"#).expect("valid");
    assert_eq!((regions[0].id.as_str(), regions[0].name.as_deref()), ("南昌", Some("Nanchang")));
    let fault = read(r#""id":1,"properties":{"region":"01"}"#).expect_err("not there");
    assert_eq!(fault.hint(), Some("it lacks the property `name_zh`"));
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

/// Two triangles that share their diagonal: the unit square, quantised to tenths.
fn topology(first: &str) -> String {
    format!(
        r#"{{"type":"Topology","transform":{{"scale":[0.1,0.1],"translate":[0,0]}},
        "arcs":[[[0,0],[10,10]],[[10,10],[-10,0],[0,-10]],[[0,0],[10,0],[0,10]]],
        "objects":{{"land":{{"type":"Polygon","arcs":[[1,2]],"id":"all"}},
        "states":{{"type":"GeometryCollection","geometries":[
          {{"type":"Polygon","arcs":[{first}],"id":1}},
          {{"type":"MultiPolygon","arcs":[[[2,-1]]],"properties":{{"code":"B"}}}},
          {{"type":null,"id":"C"}}]}}}}}}"#
    )
}

#[test]
fn topologies_are_decoded_and_stitched() {
    let (regions, notes) = parse(topology("[0,1]").as_bytes(), "m.json", &ReadOptions::default()).expect("valid");
    assert_eq!(regions.iter().map(|region| region.id.as_str()).collect::<Vec<_>>(), ["1", "B", "C"]);
    assert_eq!(regions[0].polygons, [[[(0.0, 0.0), (1.0, 1.0), (0.0, 1.0)]]]);
    assert_eq!(regions[1].polygons, [[[(0.0, 0.0), (1.0, 0.0), (1.0, 1.0)]]]);
    assert!(regions[2].polygons.is_empty());
    assert_eq!(notes.len(), 1);
}

#[test]
fn wrong_topologies_are_refused() {
    assert!(says(&topology("[0,7]")).contains("there is no arc 7; the map has 3 arcs"));
    assert!(says(&topology("[0,-9]")).contains("there is no arc -9"));
    assert!(says(&topology("[0]")).contains("needs 3 or more"));
    assert!(says(&topology("[0.5]")).contains("not a whole number"));
    assert!(says(&topology("[1e300]")).contains("not a whole number"));
    let often = format!("[{}]", vec!["0,-1"; 600].join(","));
    assert!(says(&topology(&often)).contains("too often"));
    assert!(says(&topology("[0,1]").replace("[10,10],[-10,0]", "[1e308,1],[1e308,1]")).contains("not finite"));
    assert!(says(r#"{"type":"Topology","objects":{}}"#).contains("arcs"));
    assert!(says(r#"{"type":"Topology","arcs":[],"objects":{}}"#).contains("objects"));
    assert!(says(r#"{"type":"Point","coordinates":[1,2]}"#).contains("`Point` cannot be read"));
}
