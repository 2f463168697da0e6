#include "loader/precompiled_header.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>

#include <gmock/gmock.h>

#include "build_info.hpp"
#include "loader/cache_dir.hpp"
#include "loader/compile.hpp"
#include "loader/manifest.hpp"
#include "support/temporary_folder.hpp"

namespace cppworker::loader {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
namespace fs = std::filesystem;

TEST(BeginsWithLocustHeader, AllowsWhatCannotChangeItsMeaning) {
  EXPECT_TRUE(begins_with_locust_header("#include <cppworker/locust.hpp>"));
  EXPECT_TRUE(
      begins_with_locust_header("// A shop.\r\n/* of two\n lines */\r\n\n#pragma once\n"
                                "#include <string>  // text\n#include <hiredis/hiredis.h>\n"
                                " # include <cppworker/locust.hpp> // all\nint x;"));
}

TEST(BeginsWithLocustHeader, RefusesMacrosOwnHeadersAndCode) {
  for (const std::string before : {"#define NDEBUG", "#include \"shop.hpp\"", "#include <shop.hpp>",
                                   "int x;", "#if 0", "/* a */ int x;", "// continued \\"}) {
    EXPECT_FALSE(begins_with_locust_header(before + "\n#include <cppworker/locust.hpp>\n"))
        << before;
  }
  EXPECT_FALSE(begins_with_locust_header("#include <cppworker/http_user.hpp>\nint x;"));
  EXPECT_FALSE(begins_with_locust_header("/* never closed\n#include <cppworker/locust.hpp>\n"));
  EXPECT_FALSE(begins_with_locust_header(""));
}

/// A compiler that notes each call. Its only dependency is locust.hpp in its folder; it fails to
/// precompile if there is a file `broken`.
constexpr std::string_view kFakeGcc = R"(#!/bin/sh
here=$(dirname "$0")
echo "$@" >>"$here/calls"
case "$*" in
  *c++-header*) [ ! -e "$here/broken" ] || { echo noise >&2; exit 1; } ;;
esac
while [ $# -gt 0 ]; do
  case "$1" in
    -o) product=$2 ;;
    -MF) depfile=$2 ;;
  esac
  shift
done
date +%N >"$product"
echo "product: $here/locust.hpp" >"$depfile"
)";

class PrecompiledHeaderTest : public testing::Test {
 protected:
  PrecompiledHeaderTest() {
    const auto compiler = folder.write("compiler", kFakeGcc);
    fs::permissions(compiler, fs::perms::owner_all);
    options.compiler = compiler;
    options.include_dir = build_info::kBuildIncludeDir;
    options.cache_dir = folder / "cache";
    write_old("locust.hpp", "1");
  }

  void write_old(std::string_view name, std::string_view text) const {
    fs::last_write_time(folder.write(name, text),
                        fs::file_time_type::clock::now() - std::chrono::hours{1});
  }

  /// Compiles a new version of the locustfile. The compiler's calls for that: "make", "use" (with
  /// a precompiled header) or "plain".
  [[nodiscard]] std::vector<std::string> calls_of_an_edit(std::string_view name = "shop.cpp") {
    fs::remove(folder / "calls");
    const auto source =
        folder.write(name, "#include <cppworker/locust.hpp>\n// " + std::to_string(++edit_) + "\n");
    (void)compile(source, options);
    fs::remove(compile(source, options));  // the next edit compiles again
    std::vector<std::string> calls;
    std::ifstream stream(folder / "calls");
    for (std::string line; std::getline(stream, line);) {
      calls.push_back(line.find("c++-header") != std::string::npos  ? "make"
                      : line.find("-include ") != std::string::npos ? "use"
                                                                    : "plain");
    }
    return calls;
  }

  TemporaryFolder folder;
  CompileOptions options;

 private:
  int edit_ = 0;
};

TEST_F(PrecompiledHeaderTest, IsMadeForTheSecondCompilationAndUsedFromThenOn) {
  EXPECT_THAT(calls_of_an_edit(), ElementsAre("plain"));
  EXPECT_THAT(calls_of_an_edit(), ElementsAre("make", "use"));
  EXPECT_THAT(calls_of_an_edit(), ElementsAre("use"));
  EXPECT_THAT(calls_of_an_edit("another.cpp"), ElementsAre("use"));
}

TEST_F(PrecompiledHeaderTest, IsMadeAgainWhenAHeaderOrTheCompilerChanges) {
  (void)calls_of_an_edit();
  (void)calls_of_an_edit();
  write_old("locust.hpp", "2");
  EXPECT_THAT(calls_of_an_edit(), ElementsAre("make", "use"));
  (void)folder.write("compiler", std::string(kFakeGcc) + "# a new release\n");
  EXPECT_THAT(calls_of_an_edit(), ElementsAre("make", "use"));
}

TEST_F(PrecompiledHeaderTest, BelongsToOneSetOfFlags) {
  (void)calls_of_an_edit();
  (void)calls_of_an_edit();
  options.compile_flags = "-O1";
  EXPECT_THAT(calls_of_an_edit(), ElementsAre("plain"));
  EXPECT_THAT(calls_of_an_edit(), ElementsAre("make", "use"));
  options.link_flags = "-lpq";  // does not matter to it
  EXPECT_THAT(calls_of_an_edit(), ElementsAre("use"));
}

TEST_F(PrecompiledHeaderTest, AFailureIsSilentAndNotRepeated) {
  (void)folder.write("broken", "");
  (void)calls_of_an_edit();
  testing::internal::CaptureStderr();
  EXPECT_THAT(calls_of_an_edit(), ElementsAre("make", "plain"));
  EXPECT_THAT(testing::internal::GetCapturedStderr(), Not(HasSubstr("noise")));
  EXPECT_THAT(calls_of_an_edit(), ElementsAre("plain"));
}

TEST_F(PrecompiledHeaderTest, IsNotUsedWhenItIsDamagedOrAnotherProcessMakesIt) {
  (void)calls_of_an_edit();
  (void)calls_of_an_edit();
  const auto header_dir = options.cache_dir / "headers";
  fs::path lock;
  for (const auto& file : fs::directory_iterator(header_dir)) {
    if (file.path().extension() == ".manifest") std::ofstream(file.path()) << "damaged";
    if (file.path().extension() == ".lock") lock = file.path();
  }
  {
    const CacheLock other(lock);
    EXPECT_THAT(calls_of_an_edit(), ElementsAre("plain"));
  }
  EXPECT_THAT(calls_of_an_edit(), ElementsAre("make", "use"));
}

TEST_F(PrecompiledHeaderTest, OnlyTheNewestFourAreKept) {
  for (const char* flags : {"-DA", "-DB", "-DC", "-DD", "-DE"}) {
    options.compile_flags = flags;
    (void)calls_of_an_edit();
    (void)calls_of_an_edit();
  }
  const fs::directory_iterator files(options.cache_dir / "headers");
  EXPECT_EQ(std::count_if(begin(files), end(files),
                          [](const auto& file) { return file.path().extension() == ".gch"; }),
            4);
}

TEST_F(PrecompiledHeaderTest, DoesNotChangeTheProduct) {
  options.compiler = build_info::kCompiler;
  const std::string text = R"(#include <cppworker/locust.hpp>
using namespace cppworker;
class ShopUser : public HttpUser {
 public:
  void index() { client().get("/"); }
  static constexpr auto tasks() { return task_list(task<&ShopUser::index>()); }
};
CPPWORKER_LOCUSTFILE(ShopUser)
)";
  const auto source = folder.write("shop.cpp", text);
  const auto product = compile(source, options);
  const auto without = hash_file(product);
  const auto old = fs::file_time_type::clock::now() - std::chrono::hours{1};
  fs::last_write_time(product, old);
  (void)folder.write("shop.cpp", text + "// edited\n");
  EXPECT_EQ(compile(source, options), product);
  EXPECT_GT(fs::last_write_time(product), old);
  EXPECT_EQ(hash_file(product), without);
  const fs::path headers = options.cache_dir / "headers";
  if (build_info::kCompilerId != "GNU") {
    EXPECT_FALSE(fs::exists(headers)) << "only g++ uses a precompiled header";
    return;
  }
  const fs::directory_iterator files(headers);
  EXPECT_EQ(std::count_if(begin(files), end(files),
                          [](const auto& file) { return file.path().extension() == ".gch"; }),
            1);
}

}  // namespace
}  // namespace cppworker::loader
