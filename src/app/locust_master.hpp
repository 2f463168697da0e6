#pragma once

#include <deque>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "app/child_process.hpp"
#include "app/options.hpp"
#include "app/reserved_port.hpp"
#include "app/signals.hpp"
#include "app/temporary_dir.hpp"

namespace cppworker::app {

/// The stock `locust --master` that --web starts. Its output appears in the output of this process.
class LocustMaster {
 public:
  /// Starts it. Throws Error if Locust is not installed, or if an address can't be used.
  /// @param options must outlive this object
  /// @param locustfile the text of its locustfile
  /// @param arguments the locustfile's arguments
  LocustMaster(const WebUi& options, const std::string& locustfile,
               const std::vector<std::string>& arguments);

  /// Returns when the master listens for workers and browsers, or has ended. Throws Interrupted if
  /// a signal arrives before that.
  void wait_until_it_listens(SignalFd& signals);

  [[nodiscard]] ChildProcess& process() { return *process_; }
  /// Where the workers connect to.
  [[nodiscard]] std::string host() const;
  [[nodiscard]] int port() const { return port_->port(); }
  /// Of the web UI.
  [[nodiscard]] std::string url() const;

  /// How the master has ended, with the last lines that it wrote to standard error. Call it after
  /// the end.
  [[nodiscard]] std::string end_text() const;

 private:
  [[nodiscard]] std::vector<std::string> words(const std::vector<std::string>& arguments) const;
  void take(std::string line);

  const WebUi& options_;
  const std::string program_;
  const std::unique_ptr<ReservedPort> port_;
  const std::unique_ptr<ReservedPort> web_port_;
  TemporaryDir dir_;
  const std::filesystem::path file_;
  mutable std::mutex mutex_;
  std::deque<std::string> last_lines_;
  std::optional<ChildProcess> process_;
};

}  // namespace cppworker::app
