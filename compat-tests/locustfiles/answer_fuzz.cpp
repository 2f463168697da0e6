// Gets the answers /0, /1, … of answer_fuzz.py's server and writes what came of each to a file.
//
// Environment: FUZZ_FROM, FUZZ_TO (the numbers), FUZZ_OUT (the file), FUZZ_FRESH (see below).

#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include <cppworker/locust.hpp>

using namespace cppworker;

namespace {

std::string variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

/// FNV-1a, 64 bits.
std::string hash(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char character : text) {
    hash = (hash ^ static_cast<unsigned char>(character)) * 0x100000001b3U;
  }
  return std::to_string(hash);
}

/// As JSON, whatever the bytes are.
std::string hex(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex;
  for (const char character : text) {
    const auto byte = static_cast<unsigned char>(character);
    hex += kDigits[byte >> 4U];
    hex += kDigits[byte & 15U];
  }
  return hex;
}

/// Makes the requests. After a number in the file FUZZ_FRESH the next request has a new session:
/// the server closes the connection then, and the client can't know it yet.
template <class MakeSession>
void get_all(Environment& environment, MakeSession make_session) {
  std::optional<std::string> failure;
  environment.events.request.add_listener(
      [&failure](const RequestEvent& event) { failure = event.exception; });
  std::set<long> fresh;
  std::ifstream numbers(variable("FUZZ_FRESH"));
  for (long number = 0; numbers >> number;) {
    fresh.insert(number);
  }
  std::ofstream out(variable("FUZZ_OUT"));
  const long end = std::stol(variable("FUZZ_TO"));
  auto session = make_session();
  for (long number = std::stol(variable("FUZZ_FROM")); number < end; ++number) {
    const Response response =
        session->get("/" + std::to_string(number), {.name = "answer", .timeout = Seconds{2}});
    Value::List headers;
    for (const auto& [name, value] : response.headers.items()) {
      headers.push_back(Value::List{hex(name), hex(value)});
    }
    Value::List history;
    for (const Response& earlier : response.history) {
      history.emplace_back(earlier.status_code);
    }
    out << to_json(Value::Map{{"number", number},
                              {"status", response.status_code},
                              {"reason", response.reason},
                              {"error", failure.value_or("")},
                              {"size", static_cast<std::int64_t>(response.text.size())},
                              {"hash", hash(response.text)},
                              {"headers", headers},
                              {"history", history}})
        << '\n';
    if (fresh.contains(number)) {
      session = make_session();
    }
  }
}

}  // namespace

class RequestsUser : public HttpUser {
 public:
  void get() {
    get_all(environment(),
            [this] { return std::make_unique<HttpSession>(environment(), base_host()); });
  }
  static constexpr auto tasks() { return task_list(task<&RequestsUser::get>()); }
};

class FastUser : public FastHttpUser {
 public:
  void get() {
    get_all(environment(),
            [this] { return std::make_unique<FastHttpSession>(environment(), base_host()); });
  }
  static constexpr auto tasks() { return task_list(task<&FastUser::get>()); }
};

CPPWORKER_LOCUSTFILE(RequestsUser, FastUser)
