#include "app/debug_user.hpp"

#include <algorithm>
#include <cmath>
#include <ostream>
#include <span>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <cppworker/environment.hpp>
#include <cppworker/exception.hpp>
#include <cppworker/http_session.hpp>

#include "app/arguments.hpp"
#include "app/options.hpp"
#include "app/shard_group.hpp"
#include "coro/scheduler.hpp"
#include "text/log_text.hpp"
#include "user/life/population.hpp"
#include "user/shard.hpp"
#include "user/user_error.hpp"

namespace cppworker::app {
namespace {

constexpr std::size_t kMostError = 500;  // as Locust's PrintListener
constexpr std::size_t kMostBody = 1000;

std::string on_one_line(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

void check_written(const std::ostream& out) {
  if (!out) {
    throw Error(
        "Can't write requests to standard output: it is closed, its disk is full, or the program "
        "that reads it has ended");
  }
}

/// Stands in for the connection to a master: logs what a worker would send.
class NoMaster final : public detail::ControlLink {
 public:
  explicit NoMaster(coro::Scheduler& scheduler) : scheduler_(scheduler) {}

  void send_message(std::string type, Value) override {
    spdlog::info("send_message(\"{}\"): not sent, because --debug-user has no master",
                 text::quote_for_log(type));
  }
  void user_error(std::string, std::string) override { failed = true; }  // it has been logged
  void quit() override { scheduler_.stop(); }
  void stop() override { scheduler_.stop(); }

  bool failed = false;

 private:
  coro::Scheduler& scheduler_;
};

const detail::UserClass& find_class(std::span<const detail::UserClass* const> classes,
                                    const std::string& name) {
  const auto found = std::find_if(classes.begin(), classes.end(),
                                  [&](const auto* candidate) { return candidate->name == name; });
  if (found == classes.end()) {
    throw Error("--debug-user: this locustfile has no user class " + name +
                " (--list shows its classes)");
  }
  return **found;
}

void run_init_functions(const std::vector<detail::InitFunction>& functions, Environment& here) {
  try {
    for (const detail::InitFunction init : functions) init(here);
  } catch (...) {
    throw Error("The init function of the locustfile failed: " +
                detail::describe_current_exception("Environment", "init").msg);
  }
}

void print_status(const Response& response, std::ostream& out) {
  out << fmt::format("    {} {}\n", response.status_code, response.url);
}

}  // namespace

void print_request_header(std::ostream& out) {
  out << fmt::format("\ntype\t{:<50}\tresp_ms\tlength\texception\t\n", "name");
  out.flush();
}

void print_request(const RequestEvent& request, std::ostream& out) {
  const double ms = request.response_time ? request.response_time->count() : -1;
  std::string error = on_one_line(request.exception.value_or(""));
  if (error.size() > kMostError) error.resize(kMostError);
  out << fmt::format("{}\t{:<50}\t{:<7}\t{}\t{:<9}\t\n", request.request_type, request.name,
                     std::nearbyint(ms), request.response_length, error);
  if (const Response* response = request.response) {
    for (const Response& hop : response->history) print_status(hop, out);
    if (response->status_code != 0) {
      print_status(*response, out);
    } else {
      out << fmt::format("    no response from {}\n", request.url);
    }
    for (const auto& [name, value] : response->headers.items()) {
      out << fmt::format("    {}: {}\n", name, value);
    }
    if (!response->text.empty()) {
      out << fmt::format("    {}{}\n", on_one_line(response->text.substr(0, kMostBody)),
                         response->text.size() > kMostBody ? " ..." : "");
    }
  }
  out.flush();
}

int run_debug_user(const Options& options, const UserCode& user_code, std::ostream& out) {
  const detail::UserClass& user_class =
      find_class(user_code.locustfile.user_classes, options.debug_user);
  coro::RealClock clock;
  coro::Scheduler::Options scheduler_options;
  scheduler_options.stack_size = options.stack_size;
  coro::Scheduler scheduler(clock, std::move(scheduler_options));
  NoMaster no_master(scheduler);
  detail::Shard shard(0, 1, scheduler, no_master, options.max_entries);
  shard.host = options.host;
  shard.worker_index = 0;
  Value::Map parsed_options = user_code.arguments;
  parsed_options.emplace_back("host", options.host);
  if (!options.tags.empty()) parsed_options.emplace_back("tags", list_of(options.tags));
  if (!options.exclude_tags.empty()) {
    parsed_options.emplace_back("exclude_tags", list_of(options.exclude_tags));
  }
  shard.parsed_options = std::move(parsed_options);

  Environment environment(shard);
  bool request_failed = false;
  environment.events.request.add_listener([&](const RequestEvent& request) {
    request_failed = request_failed || request.exception.has_value();
    print_request(request, out);
    if (!out) scheduler.stop();
  });
  run_init_functions(user_code.locustfile.init_functions, environment);
  const detail::UserClass* const classes[] = {&user_class};
  detail::IterationLimits iterations(options.iterations, classes,
                                     [](const std::string&, std::int64_t) {});
  detail::Population population(environment, classes, [&] { scheduler.stop(); });
  population.limit_iterations(iterations);
  if (options.equal_weights) population.use_equal_weights();
  for (const Value& config : user_code.config_users) population.update_user_class(config);

  detail::TagFilter filter = detail::TagFilter::of(shard.parsed_options);
  const bool is_filtered = !filter.empty();
  population.filter_tasks(std::move(filter));
  if (is_filtered && population.tasks().of(user_class).rows.empty()) {
    throw Error(fmt::format(
        "--debug-user: no task of {} is left with these --tags and --exclude-tags. Use tags of its "
        "tasks",
        user_class.name));
  }

  print_request_header(out);
  check_written(out);
  scheduler.spawn(
      [&] {
        try {
          environment.events.test_start.fire({environment});
        } catch (...) {  // control flow such as StopUser has no meaning here
          spdlog::error("{}", detail::describe_current_exception("Environment", "test_start").msg);
        }
        population.set_targets({{std::string(user_class.name), 1}}, {}, [&] {
          if (population.counts().at(std::string(user_class.name)) == 0) scheduler.stop();
        });
      },
      {"Environment", "test_start"});
  scheduler.run();
  check_written(out);
  return request_failed || no_master.failed ? 1 : 0;
}

}  // namespace cppworker::app
