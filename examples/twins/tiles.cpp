// A map service. Readers move over the map, editors change places. See also tiles_shape.py.
#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>

#include <cppworker/locust.hpp>

using namespace cppworker;

const std::vector<std::pair<std::string, std::pair<double, double>>> cities = {
    {"Berlin", {52.52, 13.405}}, {"Lima", {-12.046, -77.043}}, {"Tokyo", {35.677, 139.65}}};

/// The tile of OpenStreetMap's grid that holds a place.
std::pair<int, int> tile_of(double latitude, double longitude, int zoom) {
  const double angle = std::asinh(std::tan(latitude * std::numbers::pi / 180));
  const int count = 1 << zoom;
  return {(longitude + 180) / 360 * count, (1 - angle / std::numbers::pi) / 2 * count};
}

struct MapReader : FastHttpUser {
  static constexpr WaitTime wait_time = between(100ms, 200ms);

  void show() {
    const auto [x, y] = tile_of(place.first, place.second, zoom);
    for (const auto& [right, down] : {std::pair(0, 0), {1, 0}, {0, 1}, {1, 1}}) {
      load("/tiles/" + std::to_string(zoom) + "/" + std::to_string(x + right) + "/" +
           std::to_string(y + down) + ".png");
    }
  }

  void load(const std::string& url) {
    Headers headers;
    if (etags.contains(url)) headers["If-None-Match"] = etags[url];
    client().get(url, {.name = "/tiles/[z]/[x]/[y].png", .headers = headers}, [&](auto& response) {
      const int status = response.status_code;
      if (status == 304) return;
      if (status != 200) return response.failure("status " + std::to_string(status));
      etags[url] = response.headers["ETag"];
      if (response.headers["Content-Type"] != "image/png") response.failure("not an image");
    });
  }

  void move() {
    place = {place.first + uniform(-0.02, 0.02), place.second + uniform(-0.02, 0.02)};
    show();
  }

  void zoom_in_or_out() {
    zoom = std::clamp(zoom + choice({-1, 1}), 9, 15);
    show();
  }

  void load_style() { client().get("/styles/streets.json"); }

  void load_font() {
    const int first = 256 * randint(0, 3);
    const std::string range = std::to_string(first) + "-" + std::to_string(first + 255);
    client().get("/fonts/Open%20Sans/" + range + ".pbf", {.name = "/fonts/[font]/[range].pbf"});
  }

  void find() {
    const auto [city, there] = choice(cities);
    place = there;
    rest("GET", "/places?q=" + city, {.name = "/places?q=[city]"}, [&](RestResponse& response) {
      const Value& found = response.js["places"][0];
      require(std::abs(found["latitude"].get<double>() - place.first) < 0.001, "wrong place");
    });
  }

  static constexpr auto tasks() {
    using Self = MapReader;
    return task_list(task<&Self::move>({.weight = 4}), task<&Self::zoom_in_or_out>({.weight = 2}),
                     task<&Self::load_style>(), task<&Self::load_font>(), task<&Self::find>());
  }

  std::pair<double, double> place = choice(cities).second;
  int zoom = 12;
  std::map<std::string, std::string> etags;
};

struct MapEditor : FastHttpUser {
  static constexpr WaitTime wait_time = between(100ms, 300ms);

  void list_changes() { client().get("/changes?limit=5"); }

  void change_place() {
    const auto [latitude, longitude] = choice(cities).second;
    const Value tags{{"shop", "bakery"}, {"floors", 2}};
    const Value change{{"latitude", latitude}, {"longitude", longitude}, {"tags", tags}};
    const std::string url = "/places/" + std::to_string(randint(1, 9));
    rest("PUT", url, {.name = "/places/[id]", .json = change}, [](RestResponse& response) {
      require(response.js["version"].get<int>() >= 1, "wrong version");
    });
  }

  static constexpr auto tasks() {
    return task_list(task<&MapEditor::list_changes>(), task<&MapEditor::change_place>());
  }
};

CPPWORKER_LOCUSTFILE(MapReader, MapEditor)
