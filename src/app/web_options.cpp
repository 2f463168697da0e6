#include "app/web_options.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include <cppworker/exception.hpp>

namespace cppworker::app {
namespace {

/// Options of Locust that are passed on to the master.
constexpr std::array<std::string_view, 36> kOfMaster = {
    "host",
    "users",
    "spawn-rate",
    "run-time",
    "stop-timeout",
    "tags",
    "exclude-tags",
    "config-users",
    "autostart",
    "autoquit",
    "web-host",
    "web-host-display-name",
    "web-base-path",
    "web-login",
    "tls-cert",
    "tls-key",
    "class-picker",
    "build-path",
    "expect-workers",
    "expect-workers-max-wait",
    "csv",
    "csv-full-history",
    "html",
    "json",
    "json-file",
    "print-stats",
    "only-summary",
    "reset-stats",
    "loglevel",
    "logfile",
    "skip-log-setup",
    "exit-code-on-error",
    "equal-weights",
    "enable-rebalancing",
    "profile",
    "otel",
};

/// Options that decide how this process starts the master and joins it, and what the master's
/// locustfile contains.
constexpr std::array<std::string_view, 10> kOfThisProcess = {
    "web",      "locust",  "web-port", "master-bind-host", "master-bind-port",
    "headless", "headful", "stages",   "fail-if",          "warm-up",
};

std::string text_of(const CLI::App& app, const char* name, const char* otherwise = "") {
  const CLI::Option* option = app.get_option(name);
  return option->count() > 0 ? option->as<std::string>() : std::string(otherwise);
}

int port_of(const CLI::App& app, const char* name, const char* otherwise) {
  constexpr int kMost = 65535;
  const std::string text = text_of(app, name, otherwise);
  int port = -1;
  if (!CLI::detail::lexical_cast(text, port) || port < 0 || port > kMost) {
    throw Error(std::string(name) + ": '" + text + "' is not a port (0 to 65535; 0: a free one)");
  }
  return port;
}

/// The values of an option that takes several values; nullptr for other options.
const std::vector<std::string>* list_of(std::string_view name, const Options& options) {
  if (name == "tags") return &options.tags;
  if (name == "exclude-tags") return &options.exclude_tags;
  if (name == "config-users") return &options.config_users;
  return nullptr;
}

std::vector<std::string> words_for_master(const CLI::App& app, const Options& options) {
  std::vector<std::string> words;
  for (const std::string_view name : kOfMaster) {
    const std::string word = "--" + std::string(name);
    const CLI::Option* option = app.get_option(word);
    if (option->count() == 0) continue;
    if (option->get_expected_max() == 0) {
      if (option->as<bool>()) words.push_back(word);
    } else if (const std::vector<std::string>* list = list_of(name, options)) {
      words.push_back(word);
      words.insert(words.end(), list->begin(), list->end());
    } else {
      words.push_back(word + '=' + option->as<std::string>());
    }
  }
  if (options.workers > 1 && app.get_option("--expect-workers")->count() == 0) {
    words.push_back("--expect-workers=" + std::to_string(options.workers));
  }
  return words;
}

}  // namespace

WebUi web_options(const CLI::App& app, const Options& options) {
  return {.locust = text_of(app, "--locust", "locust"),
          .host = text_of(app, "--web-host"),
          .port = port_of(app, "--web-port", "8089"),
          .base_path = text_of(app, "--web-base-path"),
          .has_tls = !text_of(app, "--tls-cert").empty() && !text_of(app, "--tls-key").empty(),
          .bind_host = text_of(app, "--master-bind-host", "127.0.0.1"),
          .bind_port = port_of(app, "--master-bind-port", "0"),
          .master_options = words_for_master(app, options)};
}

bool has_effect_with_web(const CLI::Option& option) {
  const auto is_named = [&](std::string_view name) {
    return option.check_lname(std::string(name));
  };
  return std::ranges::any_of(kOfMaster, is_named) || std::ranges::any_of(kOfThisProcess, is_named);
}

}  // namespace cppworker::app
