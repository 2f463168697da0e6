// A file store. Uploads are multipart forms; what is downloaded must be what was uploaded.
#include <algorithm>
#include <ranges>

#include <cppworker/locust.hpp>

using namespace cppworker;

const std::string report = read_file("report.txt");

struct StorageUser : HttpUser {
  static constexpr WaitTime wait_time = between(50ms, 200ms);

  void on_start() override { upload(); }

  void upload() {
    std::string content;
    for (int copies = randint(1, 4); copies > 0; --copies) content += report;
    const std::string digest = hex_encode(sha256(content));
    const std::string name = "report-" + std::to_string(randint(1000, 9999)) + ".txt";
    const RequestOptions options{
        .form = {{"folder", folder}, {"sha256", digest}, {"replicas", 2}},
        .files = {{"file", content, name, "text/plain"},
                  {"labels", R"(["a","b"])", "labels.json", "application/json"}}};
    client().post("/storage/files", options, [&](CatchResponse& response) {
      if (response.status_code != 201) return response.failure("upload refused: " + response.text);
      stored.emplace_back(response.json()["id"].str(), digest);
    });
  }

  void download() {
    const auto [id, digest] = choice(stored);
    client().get("/storage/files/" + id, {.name = "/storage/files/[id]"}, [&](auto& response) {
      if (response.headers["ETag"] != '"' + digest + '"') response.failure("wrong ETag");
      if (hex_encode(sha256(response.text)) != digest) response.failure("wrong content");
    });
  }

  void show_quota() { client().get("/storage/quota"); }

  void show_size() { client().head(random_file(), {.name = "/storage/files/[id]"}); }

  void rename() {
    client().patch(random_file(), {.name = "/storage/files/[id]", .json = {{"name", "new.txt"}}});
  }

  void download_the_beginning() {
    const RequestOptions options{.name = "/storage/files/[id] (range)",
                                 .headers = {{"Range", "bytes=0-99"}}};
    const Response response = client().get(random_file(), options);
    require(response.status_code == 206 && response.text == report.substr(0, 100), "wrong range");
  }

  void list_folder() {
    const RequestOptions options{.name = "/storage/files", .params = {{"folder", folder}}};
    const Value listing = client().get("/storage/files", options).json();
    std::vector<std::string> listed;
    for (const Value& entry : listing) listed.push_back(entry["id"].str());
    require(std::ranges::is_permutation(listed, stored | std::views::keys), "wrong list");
  }

  void delete_all() {
    while (stored.size() > 1) {
      client().delete_("/storage/files/" + stored.back().first, {.name = "/storage/files/[id]"});
      stored.pop_back();
    }
  }

  std::string random_file() const { return "/storage/files/" + choice(stored).first; }

  static constexpr auto tasks() {
    using Self = StorageUser;
    return task_list(task<&Self::upload>({.weight = 4}), task<&Self::download>({.weight = 4}),
                     task<&Self::show_quota>(), task<&Self::show_size>(), task<&Self::rename>(),
                     task<&Self::download_the_beginning>({.weight = 2}), task<&Self::list_folder>(),
                     task<&Self::delete_all>());
  }

  std::string folder = random_string(8, "abcdefghijklmnopqrstuvwxyz");
  std::vector<std::pair<std::string, std::string>> stored;  // ids and digests
};

CPPWORKER_LOCUSTFILE(StorageUser)
