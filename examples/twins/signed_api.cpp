// An API with signed requests: a key per day, derived from the secret, signs each of them.
#include <cppworker/locust.hpp>

using namespace cppworker;

const std::string key_id = env("SIGNED_API_KEY_ID"), secret = env("SIGNED_API_SECRET");

struct SignedApiUser : HttpUser {
  static constexpr WaitTime wait_time = between(100ms, 300ms);

  Response call(const std::string& method, const std::string& path, std::string_view name,
                const std::string& query = "", const std::string& body = "") {
    const std::string date = utc_now("%Y%m%dT%H%M%SZ"), digest = hex_encode(sha256(body));
    const std::string text =
        method + "\n" + quote(path) + "\n" + query + "\n" + date + "\n" + digest;
    const std::string day_key = hmac_sha256(secret, date.substr(0, 8));
    const std::string signature = base64_encode(hmac_sha256(day_key, text));
    const Headers headers{
        {"X-Date", date},
        {"X-Content-SHA256", digest},
        {"Authorization", "HMAC-SHA256 Credential=" + key_id + ", Signature=" + signature}};
    const std::string url = quote(path) + (query.empty() ? "" : "?" + query);
    return client().request(method, url, {.name = name, .data = body, .headers = headers});
  }

  void list_objects() {
    const std::string prefix = choice({"photos/2024", "a b+c", "50%"});
    const std::string query = "max-keys=20&prefix=" + quote(prefix, "");
    const Response listing = call("GET", "/signed/objects", "/signed/objects", query);
    for (const Value& item : listing.json()["objects"]) {
      require(item["key"].str().starts_with(prefix), "wrong object " + item["key"].str());
    }
  }

  void put_object() {
    const std::string path = "/signed/objects/my notes/" + std::to_string(randint(1, 9)) + ".json";
    const Value document{{"text", "größer"}, {"size", randint(1, 9)}, {"by", "ann"}};
    call("PUT", path, "/signed/objects/[key]", "", to_json(document));
  }

  void get_object() {
    const std::string path = "/signed/objects/photos/" + std::to_string(randint(1, 9)) + ".jpg";
    call("GET", path, "/signed/objects/[key]");
  }

  void list_buckets() { call("GET", "/signed/buckets", "/signed/buckets"); }

  void delete_forbidden() { call("DELETE", "/signed/objects/locked", "/signed/objects/[key]"); }

  static constexpr auto tasks() {
    using Self = SignedApiUser;
    return task_list(task<&Self::list_objects>({.weight = 3}),
                     task<&Self::put_object>({.weight = 2}), task<&Self::get_object>(),
                     task<&Self::list_buckets>(), task<&Self::delete_forbidden>());
  }
};

CPPWORKER_LOCUSTFILE(SignedApiUser)
