// Calls the helpers of locustfiles with the cases in the file that CASES names, and prints the
// results as JSON. test_helpers.py compares them with Python's.
#include <iostream>
#include <string>

#include <cppworker/locust.hpp>

using namespace cppworker;

std::string decoded(std::string (*decode)(std::string_view), const std::string& text) {
  return hex_encode(decode(text));
}

Value result(const std::string& function, const Value& arguments) {
  const auto text = [&arguments](int index) { return arguments[index].get<std::string>(); };
  if (function == "quote") return quote(text(0), text(1));
  if (function == "quote_plus") return quote_plus(text(0));
  if (function == "unquote") return unquote(text(0));
  if (function == "urlencode") {
    Pairs pairs;
    for (const Value& pair : arguments[0]) {
      for (const auto& [name, value] : Pairs{{pair[0].str(), pair[1]}}) {
        pairs.emplace_back(name, value);
      }
    }
    return urlencode(pairs);
  }
  if (function == "b64encode") return base64_encode(text(0));
  if (function == "b64decode") return decoded(base64_decode, text(0));
  if (function == "urlsafe_b64encode") return base64url_encode(text(0));
  if (function == "urlsafe_b64decode") return decoded(base64url_decode, text(0));
  if (function == "sha256") return hex_encode(sha256(text(0)));
  if (function == "sha1") return hex_encode(sha1(text(0)));
  if (function == "md5") return hex_encode(md5(text(0)));
  if (function == "hmac_sha256") return hex_encode(hmac_sha256(text(0), text(1)));
  if (function == "hmac_sha1") return hex_encode(hmac_sha1(text(0), text(1)));
  if (function == "strftime") return format_utc(arguments[0].get<double>(), text(1));
  if (function == "search") {
    const Value& group = arguments[2];
    if (group.as_string() != nullptr) return search(text(0), text(1), group.str());
    return search(text(0), text(1), group.get<int>());
  }
  if (function == "findall") return findall(text(0), text(1));
  if (function == "str") return arguments[0].str();
  throw Error("unknown function " + function);
}

class HelpersUser : public User {
 public:
  inline static const std::string host = env("HELPERS_HOST", "http://127.0.0.1:1");
  inline static const double weight = env("HELPERS_WEIGHT", 1.5);
  inline static const int fixed_count = env("HELPERS_COUNT", 0);
  inline static const WaitTime wait_time =
      between(Seconds{env("HELPERS_MIN_WAIT", 0.5)}, Seconds{2});

  void run() {
    Value results(Value::List{});
    for (const Value& one : parse_json(read_file(env("CASES")))) {
      try {
        results.push_back(result(one[0].str(), one[1]));
      } catch (const std::exception& error) {
        results.push_back({{"error", error.what()}});
      }
    }
    std::cout << "RESULTS " << to_json(results) << std::endl;
    log_debug("not logged");
    log_info("a line of the author");
    log_warning("a warning of the author");
    log_error("an error of the author");
  }

  static constexpr auto tasks() { return task_list(task<&HelpersUser::run>()); }
};

CPPWORKER_LOCUSTFILE(HelpersUser)
