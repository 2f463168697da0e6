#include "loader/cache_dir.hpp"

#include <chrono>
#include <cstdlib>
#include <map>
#include <optional>
#include <string>

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cppworker/exception.hpp>

#include "support/temporary_folder.hpp"

namespace cppworker::loader {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

mode_t mode_of(const fs::path& path) {
  struct stat status {};
  EXPECT_EQ(stat(path.c_str(), &status), 0);
  return status.st_mode & 0777;
}

TEST(CacheDir, IsMadeForItsOwnerAlone) {
  const TemporaryFolder folder;
  prepare_cache_dir(folder / "a/b/cache");
  EXPECT_EQ(mode_of(folder / "a/b/cache"), 0700U);
}

TEST(CacheDir, IsClosedToOthers) {
  const TemporaryFolder folder;
  fs::create_directory(folder / "cache");
  ASSERT_EQ(chmod((folder / "cache").c_str(), 0777), 0);
  prepare_cache_dir(folder / "cache");
  EXPECT_EQ(mode_of(folder / "cache"), 0700U);
}

TEST(CacheDir, IsRefusedWhenItBelongsToSomeoneElse) {
  const TemporaryFolder folder;
  const auto foreign = geteuid() == 0 ? folder / "cache" : fs::path("/");
  if (geteuid() == 0) {
    fs::create_directory(foreign);
    ASSERT_EQ(chown(foreign.c_str(), 12345, 12345), 0);
  }
  EXPECT_THAT(message_of<Error>([&] { prepare_cache_dir(foreign); }),
              AllOf(HasSubstr("belongs to another user"), HasSubstr("CPPWORKER_CACHE_DIR")));
}

TEST(CacheDir, SaysWhyItCannotBeMade) {
  const TemporaryFolder folder;
  const auto file = folder.write("file", "");
  EXPECT_THAT(message_of<Error>([&] { prepare_cache_dir(file / "cache"); }),
              AllOf(HasSubstr("Could not create '" + (file / "cache").native() + "'"),
                    HasSubstr("CPPWORKER_CACHE_DIR")));
  EXPECT_THAT(message_of<Error>([&] { prepare_cache_dir(file); }), HasSubstr("Not a directory"));
}

TEST(CacheDir, KeepsTheNewestEntriesWhole) {
  const TemporaryFolder folder;
  for (const auto* name : {"old.so", "old.manifest", "new.so", "new.manifest", "newest.lock"}) {
    (void)folder.write(name, "");
  }
  const auto now = fs::file_time_type::clock::now();
  fs::last_write_time(folder / "old.so", now - 3h);
  fs::last_write_time(folder / "old.manifest", now - 3h);
  fs::last_write_time(folder / "new.so", now - 1h);        // used an hour ago
  fs::last_write_time(folder / "new.manifest", now - 9h);  // compiled long before
  prune_cache_dir(folder.path(), 2);
  EXPECT_FALSE(fs::exists(folder / "old.so"));
  EXPECT_FALSE(fs::exists(folder / "old.manifest"));
  EXPECT_TRUE(fs::exists(folder / "new.so"));
  EXPECT_TRUE(fs::exists(folder / "new.manifest"));
  EXPECT_TRUE(fs::exists(folder / "newest.lock"));
}

std::optional<std::string> variable(const char* name) {
  const char* const value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): no threads here
  return value != nullptr ? std::optional<std::string>(value) : std::nullopt;
}

void set_variable(const char* name, const std::optional<std::string>& value) {
  if (value) {
    setenv(name, value->c_str(), 1);  // NOLINT(concurrency-mt-unsafe): as above
  } else {
    unsetenv(name);  // NOLINT(concurrency-mt-unsafe): as above
  }
}

/// Sets environment variables back when the test ends.
class CacheDirVariables : public testing::Test {
 protected:
  void SetUp() override {
    for (const auto& [name, value] : before_) set_variable(name, std::nullopt);
  }
  void TearDown() override {
    for (const auto& [name, value] : before_) set_variable(name, value);
  }

 private:
  std::map<const char*, std::optional<std::string>> before_{
      {"CPPWORKER_CACHE_DIR", variable("CPPWORKER_CACHE_DIR")},
      {"XDG_CACHE_HOME", variable("XDG_CACHE_HOME")},
      {"HOME", variable("HOME")}};
};

TEST_F(CacheDirVariables, AreAskedFromTheSpecialToTheGeneral) {
  set_variable("HOME", "/home/me");
  EXPECT_EQ(default_cache_dir(), "/home/me/.cache/cpp-worker");
  set_variable("XDG_CACHE_HOME", "/caches");
  EXPECT_EQ(default_cache_dir(), "/caches/cpp-worker");
  set_variable("CPPWORKER_CACHE_DIR", "/mine");
  EXPECT_EQ(default_cache_dir(), "/mine");
}

TEST_F(CacheDirVariables, MayNotBeRelativeForXdg) {
  set_variable("HOME", "/home/me");
  set_variable("XDG_CACHE_HOME", "caches");
  EXPECT_EQ(default_cache_dir(), "/home/me/.cache/cpp-worker");
}

}  // namespace
}  // namespace cppworker::loader
