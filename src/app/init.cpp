#include "app/init.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <cppworker/exception.hpp>

#include "loader/compiler_command.hpp"

namespace cppworker::app {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kLocustfile =
    R"(// A locustfile. To link a library or to set compiler flags, write a comment line such as this one,
// without the quotes: "// cpp-worker: -lcrypto -Iinclude"
#include <string>

#include <cppworker/locust.hpp>

using namespace cppworker;
using namespace std::chrono_literals;

// The master starts users of this class and knows it by its name.
class ShopUser : public HttpUser {
 public:
  // Each user waits 1 to 3 seconds between two tasks.
  static constexpr WaitTime wait_time = between(1s, 3s);

  // Runs once, when a user starts: a place to log in.
  void on_start() override { client().get("/"); }

  void view_items() {
    // The master's option --items, or its field in the web UI.
    const int items = environment().parsed_options().get<int>("items");
    for (int id = 1; id <= items; ++id) {
      // The name makes these requests one row of the statistics.
      client().get("/items/" + std::to_string(id), {.name = "/items/[id]"});
    }
  }

  void find_shoes() {
    client().get("/search", {.params = {{"q", "shoes"}}}, [](CatchResponse& response) {
      // A status of 400 and above is a failure anyway.
      if (response.text.empty()) response.failure("the list is empty");
    });
  }

  // Every task of the class. A user runs view_items three times as often as find_shoes.
  static constexpr auto tasks() {
    return task_list(task<&ShopUser::view_items>({.weight = 3}), task<&ShopUser::find_shoes>());
  }
};

CPPWORKER_LOCUSTFILE(ShopUser)
CPPWORKER_ARGUMENTS({.name = "--items", .default_value = 2, .help = "Items that a user looks at"})
)";

constexpr std::string_view kCMakeLists =
    R"(# Builds the locustfile with CMake: `cpp-worker -f build/libshop.so`. `cpp-worker -f locustfile.cpp`
# compiles it itself and does not need this file.
#   cmake -B build && cmake --build build
cmake_minimum_required(VERSION 3.24)
project(shop LANGUAGES CXX)

find_package(cppworker REQUIRED)

add_library(shop MODULE locustfile.cpp)
target_link_libraries(shop PRIVATE cppworker::cppworker)
)";

std::string editor_flags(const loader::CompileOptions& options) {
  std::string text;
  for (const auto& flag : loader::editor_flags(options, {})) text += flag + '\n';
  return text;
}

}  // namespace

std::string init_project(const fs::path& dir, const loader::CompileOptions& options) {
  const std::vector<std::pair<fs::path, std::string>> files = {
      {dir / "locustfile.cpp", std::string(kLocustfile)},
      {dir / "CMakeLists.txt", std::string(kCMakeLists)},
      {dir / "compile_flags.txt", editor_flags(options)}};
  std::error_code error;
  for (const auto& [file, text] : files) {
    if (fs::exists(fs::symlink_status(file, error))) {
      throw Error(fmt::format(
          "'{}' exists, and init does not overwrite files. Remove it or choose another directory: "
          "cpp-worker init DIR",
          file.native()));
    }
  }
  fs::create_directories(dir, error);
  if (error) {
    throw Error(fmt::format("Could not create '{}': {}", dir.native(), error.message()));
  }
  for (const auto& [file, text] : files) {
    std::ofstream stream(file, std::ios::binary);
    stream << text;
    stream.close();
    if (!stream) {
      const std::string reason = std::strerror(errno);
      for (const auto& written : files) fs::remove(written.first, error);
      throw Error(fmt::format("Could not write '{}': {}", file.native(), reason));
    }
  }
  const std::string change_dir = dir == "." ? "" : fmt::format("  cd '{}'\n", dir.native());
  return fmt::format(
      "Wrote locustfile.cpp, CMakeLists.txt and compile_flags.txt (for editors with clangd) to "
      "'{}'.\n\n"
      "One user, without a master; prints each request:\n{}"
      "  cpp-worker -f locustfile.cpp --debug-user ShopUser --iterations 3 "
      "--host http://127.0.0.1:8000\n\n"
      "A short test, without a master:\n"
      "  cpp-worker -f locustfile.cpp --headless -u 10 -r 10 -t 30s --host "
      "http://127.0.0.1:8000\n\n"
      "Locust's web UI (needs `pip install locust`):\n"
      "  cpp-worker -f locustfile.cpp --web --host http://127.0.0.1:8000\n\n"
      "The master, with a Python locustfile of the same classes:\n"
      "  cpp-worker -f locustfile.cpp --print-locustfile > locustfile.py\n"
      "  locust --master -f locustfile.py --host http://127.0.0.1:8000\n\n"
      "A worker that joins it, on as many machines as you like:\n"
      "  cpp-worker -f locustfile.cpp --master-host=127.0.0.1\n\n"
      "`cpp-worker doctor` checks this machine.\n",
      dir.native(), change_dir);
}

}  // namespace cppworker::app
