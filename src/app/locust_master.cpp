#include "app/locust_master.hpp"

#include <chrono>
#include <cstdint>
#include <fstream>
#include <string_view>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <poll.h>
#include <spdlog/spdlog.h>

#include <cppworker/exception.hpp>

#include "app/logging.hpp"
#include "loader/process.hpp"

namespace cppworker::app {
namespace {

constexpr std::size_t kLastLines = 10;
constexpr int kPollMs = 50;
constexpr int kPollsUntilLog = 200;  // 10 s

std::string find_locust(const std::string& name) {
  if (const auto found = loader::find_program(name)) return *found;
  if (name != "locust") {
    throw Error(fmt::format(
        "--locust: '{}' is not an executable file. Name the program of an installed Locust", name));
  }
  throw Error(
      "--web needs Locust, but there is no program 'locust' on the PATH. Install it with `pip "
      "install locust`, or name the program with --locust PATH");
}

/// @param what e.g. "the web UI"
/// @param options the beginning of the names of the options that set the host and the port
std::unique_ptr<ReservedPort> reserve(const std::string& host, int port, std::string_view what,
                                      std::string_view options) {
  try {
    return std::make_unique<ReservedPort>(host, static_cast<std::uint16_t>(port));
  } catch (const std::system_error& error) {
    if (error.code() == std::errc::address_not_available) {
      throw Error(
          fmt::format("{}-host: '{}' can't be used for {}, because it is not an address of "
                      "this machine. Use one of its addresses",
                      options, host, what));
    }
    throw Error(fmt::format("Port {} can't be used for {}: {}. Choose another one with {}-port",
                            port, what, error.code().message(), options));
  }
}

bool is_all_addresses(const std::string& host) {
  return host.empty() || host == "*" || host == "0.0.0.0" || host == "::";
}

}  // namespace

LocustMaster::LocustMaster(const WebUi& options, const std::string& locustfile,
                           const std::vector<std::string>& arguments)
    : options_(options),
      program_(find_locust(options.locust)),
      port_(reserve(options.bind_host, options.bind_port, "the master", "--master-bind")),
      web_port_(reserve(options.host, options.port, "the web UI", "--web")),
      dir_("web"),
      file_(dir_.path() / "locustfile.py") {
  std::ofstream stream(file_);
  stream << locustfile;
  stream.close();
  if (!stream) throw Error(fmt::format("Could not write '{}'", file_.native()));
  process_.emplace(words(arguments), [this](std::string line) { take(std::move(line)); });
}

void LocustMaster::wait_until_it_listens(SignalFd& signals) {
  pollfd signalled{signals.fd(), POLLIN, 0};
  int polls = 0;
  for (const ReservedPort* port : {port_.get(), web_port_.get()}) {
    while (!process_->status() && !port->is_served()) {
      if (++polls == kPollsUntilLog) {
        spdlog::warn("The Locust master does not listen on port {} yet. Still waiting for it",
                     port->port());
      }
      if (poll(&signalled, 1, kPollMs) <= 0) continue;
      if (const auto signal = signals.next()) throw loader::Interrupted{*signal};
    }
  }
  dir_.remove();  // the master has read the file
}

std::string LocustMaster::host() const {
  return is_all_addresses(options_.bind_host) ? "127.0.0.1" : options_.bind_host;
}

std::string LocustMaster::url() const {
  const bool is_ip6 = options_.host.find(':') != std::string::npos;
  return fmt::format("{}://{}:{}{}", options_.has_tls ? "https" : "http",
                     is_all_addresses(options_.host) ? "localhost"
                     : is_ip6                        ? '[' + options_.host + ']'
                                                     : options_.host,
                     web_port_->port(), options_.base_path);
}

std::string LocustMaster::end_text() const {
  const loader::ExitStatus status = process_->status().value();
  std::string text = status.signal > 0
                         ? fmt::format("The Locust master was ended by signal {}", status.signal)
                         : fmt::format("The Locust master ended with exit code {}", status.code);
  const std::lock_guard lock(mutex_);
  if (!last_lines_.empty()) {
    text += fmt::format(". Its last lines:\n  {}", fmt::join(last_lines_, "\n  "));
  }
  return text;
}

std::vector<std::string> LocustMaster::words(const std::vector<std::string>& arguments) const {
  std::vector<std::string> words = {program_,
                                    "--locustfile=" + file_.native(),
                                    "--master",
                                    "--master-bind-host=" + options_.bind_host,
                                    fmt::format("--master-bind-port={}", port_->port()),
                                    fmt::format("--web-port={}", web_port_->port())};
  words.insert(words.end(), arguments.begin(), arguments.end());
  words.insert(words.end(), options_.master_options.begin(), options_.master_options.end());
  return words;
}

void LocustMaster::take(std::string line) {
  print_line(line);
  const std::lock_guard lock(mutex_);
  if (last_lines_.size() == kLastLines) last_lines_.pop_front();
  last_lines_.push_back(std::move(line));
}

}  // namespace cppworker::app
