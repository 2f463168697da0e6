// Makes the calls of http_cases.py's table and tells the master what came of them; the twin of
// locustfiles/http_cases.py.

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <memory>
#include <sstream>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <cppworker/locust.hpp>

using namespace cppworker;

namespace {

std::string string_of(const Value* value, const std::string& otherwise = "") {
  return value == nullptr || value->as_string() == nullptr ? otherwise : *value->as_string();
}

std::string as_text(const Value& value) {
  return value.as_string() == nullptr ? to_json(value) : *value.as_string();
}

/// Of a map, or of a list of pairs.
Pairs pairs_of(const Value& value) {
  Pairs pairs;
  if (const Value::Map* map = value.as_map()) {
    for (const auto& [name, text] : *map) {
      pairs.emplace_back(as_text(name), as_text(text));
    }
  } else {
    for (const Value& pair : *value.as_list()) {
      pairs.emplace_back(as_text(pair[0]), as_text(pair[1]));
    }
  }
  return pairs;
}

double number_of(const Value& value) { return value.get<double>(); }

std::optional<Seconds> seconds_of(const Value& value) {
  return value.is_none() ? std::nullopt : std::optional(Seconds(number_of(value)));
}

Auth auth_of(const Value& value) { return {as_text(value[0]), as_text(value[1])}; }
Verify verify_of(const Value& value) {
  return value.as_bool() != nullptr ? Verify(*value.as_bool()) : Verify(as_text(value));
}
Cert cert_of(const Value& value) {
  return value.as_list() != nullptr ? Cert{as_text(value[0]), as_text(value[1])}
                                    : Cert{as_text(value)};
}
Proxies proxies_of(const Value& value) {
  return {.http = string_of(value.find("http")), .https = string_of(value.find("https"))};
}

/// The options of a call.
struct Options {
  explicit Options(const Value* given) {
    if (given == nullptr) {
      return;
    }
    for (const auto& [key, value] : *given->as_map()) {
      set(*key.as_string(), value);
    }
  }
  Options(const Options&) = delete;
  Options& operator=(const Options&) = delete;

  RequestOptions options;

 private:
  void set(const std::string& name, const Value& value) {
    if (name == "name") {
      options.name = as_text(value);
    } else if (name == "context") {
      options.context = *value.as_map();
    } else if (name == "params") {
      options.params = pairs_of(value);
    } else if (name == "data") {
      options.data = as_text(value);
    } else if (name == "data_size") {
      options.data = std::string(static_cast<std::size_t>(number_of(value)), 'd');
    } else if (name == "form") {
      options.form = pairs_of(value);
    } else if (name == "json") {
      options.json = to_json(value);
    } else if (name == "files") {
      for (const Value& file : *value.as_list()) {
        options.files.push_back({.name = as_text(file["name"]),
                                 .content = as_text(file["content"]),
                                 .filename = string_of(file.find("filename")),
                                 .content_type = string_of(file.find("content_type"))});
      }
    } else if (name == "headers") {
      options.headers = pairs_of(value);
    } else if (name == "cookies") {
      options.cookies = pairs_of(value);
    } else if (name == "auth") {
      options.auth = auth_of(value);
    } else if (name == "timeout") {
      options.timeout = value.as_list() != nullptr
                            ? Timeout(seconds_of(value[0]), seconds_of(value[1]))
                            : Timeout(Seconds(number_of(value)));
    } else if (name == "allow_redirects") {
      options.allow_redirects = *value.as_bool();
    } else if (name == "stream") {
      options.stream = *value.as_bool();
    } else if (name == "verify") {
      options.verify = verify_of(value);
    } else if (name == "cert") {
      options.cert = cert_of(value);
    } else if (name == "proxies") {
      options.proxies = proxies_of(value);
    } else {
      throw Error("unknown option " + name);
    }
  }
};

template <class Range>
Value sorted_pairs(const Range& pairs) {
  std::vector<std::string> texts;
  for (const auto& [name, value] : pairs) {
    texts.push_back(name + "=" + value);
  }
  std::ranges::sort(texts);
  return Value(Value::List(texts.begin(), texts.end()));
}

Value texts_of(const Cookies& cookies) {
  Pairs pairs;
  for (const Cookie& cookie : cookies.items()) {
    pairs.emplace_back(cookie.name, cookie.value.value_or("None"));
  }
  return sorted_pairs(pairs);
}

/// What headers or cookies say of a name, or the exception that they throw.
Value looked_up(const auto& named, const std::string& name) {
  try {
    return Value::List{named[name], named.get(name, "default")};
  } catch (const KeyError& error) {
    return Value::List{detail::exception_repr(error), named.get(name, "default")};
  } catch (const std::exception& error) {
    return Value::List{detail::exception_repr(error), ""};
  }
}

Value read_lines(const Response& response, std::int64_t most) {
  Value::List lines;
  try {
    for (const std::string_view line : response.iter_lines()) {
      lines.emplace_back(line);
      if (std::ssize(lines) == most) {
        break;
      }
    }
  } catch (const std::exception& exception) {
    const std::string text = exception.what();
    lines.emplace_back("broken: " + text.substr(0, text.find('(')));
  }
  return lines;
}

}  // namespace

/// A fresh session for each case.
template <class BaseUser>
class CaseUser : public BaseUser {
 public:
  static constexpr WaitTime wait_time = constant(Seconds{600});

  Value::Map context() override { return {{"user", "case"}}; }

 protected:
  virtual std::unique_ptr<HttpSession> new_session(const std::string& host,
                                                   const Value* settings) = 0;

  void run_all() {
    this->environment().events.request.add_listener(
        [this](const RequestEvent& event) { note(event); });
    std::ifstream file(std::getenv("HTTP_CASES"));
    std::stringstream text;
    text << file.rdbuf();
    const Value cases = parse_json(text.str());
    for (const Value& one : *cases.as_list()) {
      this->environment().runner.send_message("case", result_of(one));
    }
    this->environment().runner.send_message(
        "cases_done", Value::Map{{"count", static_cast<std::int64_t>(cases.as_list()->size())}});
  }

 private:
  Value result_of(const Value& one) {
    client_ = new_session(string_of(one.find("host"), std::string(this->base_host())),
                          one.find("session"));
    if (const Value* session = one.find("session")) {
      for (const auto& [name, value] : *session->as_map()) {
        set_attribute(*name.as_string(), value);
      }
    }
    reported_.clear();
    Value::List answers;
    for (const Value& call : *one["calls"].as_list()) {
      answers.push_back(answer_of(call));
    }
    return Value::Map{{"id", one["id"]},
                      {"reported", reported_},
                      {"answers", answers},
                      {"cookies", texts_of(client_->cookies)}};
  }

  void set_attribute(const std::string& name, const Value& value) {
    HttpSession& session = *client_;
    if (name == "headers") {
      session.headers = pairs_of(value);
    } else if (name == "cookies") {
      for (const auto& [key, text] : pairs_of(value)) {
        session.cookies.set(key, text);
      }
    } else if (name == "auth") {
      session.auth = auth_of(value);
    } else if (name == "verify") {
      session.verify = verify_of(value);
    } else if (name == "cert") {
      session.cert = cert_of(value);
    } else if (name == "proxies") {
      if constexpr (std::is_base_of_v<HttpUser, BaseUser>) {
        session.proxies = proxies_of(value);
      }
    } else if (name == "max_redirects") {
      session.max_redirects = static_cast<int>(number_of(value));
    } else if (name == "http_version") {
      session.http_version = as_text(value) == "2" ? HttpVersion::kHttp2 : HttpVersion::kHttp11;
    } else if (name == "request_name") {
      session.request_name = as_text(value);
    } else {
      throw Error("unknown attribute " + name);
    }
  }

  void note(const RequestEvent& event) {
    Pairs context;
    if (const Value::Map* map = event.context.as_map()) {
      for (const auto& [key, value] : *map) {
        context.emplace_back(as_text(key), as_text(value));
      }
    }
    reported_.push_back(Value::Map{{"type", event.request_type},
                                   {"name", event.name},
                                   {"length", event.response_length},
                                   {"failure", event.exception.value_or("")},
                                   {"context", sorted_pairs(context)},
                                   {"url", event.url}});
  }

  Value answer_of(const Value& call) {
    try {
      return facts(call, perform(call));
    } catch (const std::exception& exception) {
      return Value::Map{{"raised", detail::exception_repr(exception)}};
    }
  }

  Response perform(const Value& call) {
    if (const Value* pause = call.find("pause")) {
      sleep_for(Seconds(number_of(*pause)));
    }
    const Options given(call.find("options"));
    const RequestOptions& options = given.options;
    const std::string method = as_text(call["method"]);
    const std::string url = as_text(call["url"]);
    if (call.find("rest") != nullptr || call.find("rest_") != nullptr) {
      const auto check = [&call](RestResponse& response) {
        if (const Value* message = call.find("assert")) {
          require(response.js["id"] == 8, *message->as_string());
        }
      };
      return call.find("rest") != nullptr ? client_->rest(method, url, options, check)
                                          : client_->rest_(method, url, options, check);
    }
    HttpSession::Check check;
    if (const Value* verdict = call.find("verdict")) {
      check = [text = as_text(*verdict)](CatchResponse& response) {
        if (text == "success") {
          response.success();
        } else if (text == "raise") {
          response.raise_for_status();
        } else if (!text.empty()) {
          response.failure(text);
        }
      };
    }
    if (call.find("as_request") != nullptr) {
      return client_->request(method, url, options, check);
    }
    using Method = Response (HttpSession::*)(std::string_view, const RequestOptions&,
                                             const HttpSession::Check&);
    static constexpr std::pair<const char*, Method> kMethods[] = {
        {"GET", &HttpSession::get},         {"POST", &HttpSession::post},
        {"PUT", &HttpSession::put},         {"PATCH", &HttpSession::patch},
        {"DELETE", &HttpSession::delete_},  {"HEAD", &HttpSession::head},
        {"OPTIONS", &HttpSession::options},
    };
    for (const auto& [name, function] : kMethods) {
      if (method == name) {
        return (client_.get()->*function)(url, options, check);
      }
    }
    throw Error("unknown method " + method);
  }

  Value facts(const Value& call, const Response& response) {
    Value::List history;
    for (const Response& past : response.history) {
      history.emplace_back(past.status_code);
    }
    Value::Map facts{{"status", response.status_code},
                     {"size", std::ssize(response.text)},
                     {"text", std::string_view(response.text).substr(0, 100)},
                     {"history", history}};
    if (response.status_code != 0) {
      facts.emplace_back("url", response.url);
      if (call.find("verdict") == nullptr && call.find("rest") == nullptr &&
          call.find("rest_") == nullptr) {
        facts.emplace_back("ok", response.ok());
      }
      if constexpr (std::is_base_of_v<HttpUser, BaseUser>) {  // Python's FastResponse has neither
        facts.emplace_back("reason", response.reason);
        facts.emplace_back("own cookies", texts_of(response.cookies()));
        if (const Value* name = call.find("cookie")) {
          facts.emplace_back("cookie", looked_up(response.cookies(), *name->as_string()));
        }
      }
    }
    std::int64_t most = 0;
    if (const Value* read = call.find("read"); read != nullptr && read->to_int64(most)) {
      facts.emplace_back("read", read_lines(response, most));
    }
    if (const Value* name = call.find("header")) {
      facts.emplace_back("header", looked_up(response.headers, *name->as_string()));
    }
    return facts;
  }

  std::unique_ptr<HttpSession> client_;
  Value::List reported_;
};

class HttpCaseUser : public CaseUser<HttpUser> {
 public:
  void run_cases() { run_all(); }
  static constexpr auto tasks() { return task_list(task<&HttpCaseUser::run_cases>()); }

 private:
  std::unique_ptr<HttpSession> new_session(const std::string& host, const Value*) override {
    return std::make_unique<HttpSession>(environment(), host, this);
  }
};

class FastHttpCaseUser : public CaseUser<FastHttpUser> {
 public:
  void run_cases() { run_all(); }
  static constexpr auto tasks() { return task_list(task<&FastHttpCaseUser::run_cases>()); }

 private:
  std::unique_ptr<HttpSession> new_session(const std::string& host,
                                           const Value* settings) override {
    FastHttpSettings own;
    if (const Value* proxies = settings == nullptr ? nullptr : settings->find("proxies")) {
      const std::string url = string_of(proxies->find("http"));  // http://host:port
      const std::size_t colon = url.rfind(':');
      own.proxy_host = url.substr(7, colon - 7);
      own.proxy_port = std::stoi(url.substr(colon + 1));
    }
    return std::make_unique<FastHttpSession>(environment(), host, this, own);
  }
};

/// For test_isolation.py: logs in under a number of its own, on three connections one after the
/// other.
template <class BaseUser>
class Numbered : public BaseUser {
 public:
  static constexpr WaitTime wait_time = constant(Seconds{600});

  void visit() {
    static std::atomic<int> users = 0;
    HttpSession& client = this->client();
    const std::string number = std::to_string(++users);
    const std::string path = "/user-" + number;
    client.verify = std::getenv("HTTP_CERTIFICATE");
    for (int round = 0; round < 3; ++round) {
      client.get(path + "/set-cookie?a=number=" + number + ";Path=/", {.name = "login"});
      client.get(path + "/ok", {.name = "ok"});
      client.get(path + "/close-header", {.name = "leave"});
    }
    this->environment().runner.send_message("user_done");
  }
  static constexpr auto tasks() { return task_list(task<&Numbered::visit>()); }
};
class NumberedUser : public Numbered<HttpUser> {};
class NumberedFastUser : public Numbered<FastHttpUser> {};

/// Makes one request, its first.
class NewcomerUser : public HttpUser {
 public:
  static constexpr WaitTime wait_time = constant(Seconds{600});

  void arrive() {
    client().verify = std::getenv("HTTP_CERTIFICATE");
    client().get("/newcomer/ok");
  }
  static constexpr auto tasks() { return task_list(task<&NewcomerUser::arrive>()); }
};

CPPWORKER_LOCUSTFILE(HttpCaseUser, FastHttpCaseUser, NumberedUser, NumberedFastUser, NewcomerUser)
