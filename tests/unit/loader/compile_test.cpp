#include "loader/compile.hpp"

#include <algorithm>
#include <array>
#include <barrier>
#include <iterator>
#include <thread>

#include <gmock/gmock.h>

#include <cppworker/exception.hpp>
#include <cppworker/version.hpp>

#include "build_info.hpp"
#include "loader/locustfile.hpp"
#include "support/temporary_folder.hpp"

namespace cppworker::loader {
namespace {

using testing::AllOf;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::SizeIs;
namespace fs = std::filesystem;

/// A compiler that notes each call in a file, says that the source includes shop.hpp, and whose
/// product is the two files and its flags.
constexpr std::string_view kFakeCompiler = R"(#!/bin/sh
here=$(dirname "$0")
echo "$@" >>"$here/calls"
flags="$*"
while [ $# -gt 0 ]; do
  case "$1" in
    -o) product=$2 ;;
    -MF) depfile=$2 ;;
    *.cpp) source=$1 ;;
  esac
  shift
done
cat "$source" "$here/shop.hpp" >"$product"
echo "product: $source $here/shop.hpp" >"$depfile"
)";

std::string text_of(const fs::path& file) {
  std::ifstream stream(file);
  return {std::istreambuf_iterator<char>(stream), {}};
}

class Compile : public testing::Test {
 protected:
  void SetUp() override {
    use_compiler(kFakeCompiler);
    options.include_dir = build_info::kBuildIncludeDir;
    options.cache_dir = folder / "cache";
    header = write_old("shop.hpp", "header 1\n");
    source = write_old("shop.cpp", "source 1\n");
  }

  void use_compiler(std::string_view script) {
    const auto compiler = folder.write("compiler", script);
    fs::permissions(compiler, fs::perms::owner_all);
    options.compiler = compiler;
  }

  /// A file of some time ago: what is written during a compilation is not cached.
  [[nodiscard]] fs::path write_old(std::string_view name, std::string_view text) const {
    auto file = folder.write(name, text);
    fs::last_write_time(file, fs::file_time_type::clock::now() - std::chrono::hours{1});
    return file;
  }

  [[nodiscard]] std::string compiled() const { return text_of(compile(source, options)); }

  [[nodiscard]] std::ptrdiff_t calls() const {
    const auto lines = text_of(folder / "calls");
    return std::count(lines.begin(), lines.end(), '\n');
  }

  [[nodiscard]] std::string refusal() const {
    return message_of<Error>([this] { (void)compile(source, options); });
  }

  TemporaryFolder folder;
  CompileOptions options;
  fs::path header;
  fs::path source;
};

TEST_F(Compile, HappensOnceForTheSameState) {
  EXPECT_EQ(compiled(), "source 1\nheader 1\n");
  EXPECT_EQ(compiled(), "source 1\nheader 1\n");
  EXPECT_EQ(calls(), 1);
}

TEST_F(Compile, FollowsTheSource) {
  (void)compiled();
  (void)write_old("shop.cpp", "source 2\n");
  EXPECT_EQ(compiled(), "source 2\nheader 1\n");
  EXPECT_EQ(calls(), 2);
}

TEST_F(Compile, FollowsWhatTheSourceIncludes) {
  (void)compiled();
  (void)write_old("shop.hpp", "header 2\n");
  EXPECT_EQ(compiled(), "source 1\nheader 2\n");
  EXPECT_EQ(calls(), 2);
}

TEST_F(Compile, FollowsTheFlagsAndHandsThemOn) {
  (void)compiled();
  options.compile_flags = "-DFAST '-DNAME=a b'";
  (void)compiled();
  options.link_flags = "-lpq";
  (void)compiled();
  EXPECT_EQ(calls(), 3);
  EXPECT_THAT(text_of(folder / "calls"), AllOf(HasSubstr("-DFAST -DNAME=a b"), HasSubstr("-lpq")));
  EXPECT_THAT(text_of(folder / "calls"), ContainsRegex("-Wall .*-DFAST")) << "-Wno-… can follow";
}

TEST_F(Compile, FollowsTheLibrary) {
  options.library = folder.write("libcppworker.so", "one");
  (void)compiled();
  (void)compiled();
  EXPECT_EQ(calls(), 1);
  (void)folder.write("libcppworker.so", "another");
  (void)compiled();
  EXPECT_EQ(calls(), 2);
  EXPECT_THAT(text_of(folder / "calls"), HasSubstr("-Wl,--no-undefined"));
}

TEST_F(Compile, FollowsTheCompiler) {
  (void)compiled();
  use_compiler(std::string(kFakeCompiler) + "# a new release\n");
  (void)compiled();
  EXPECT_EQ(calls(), 2);
}

TEST_F(Compile, RepairsADamagedCache) {
  const auto product = compile(source, options);
  std::ofstream(product) << "damaged";
  EXPECT_EQ(compiled(), "source 1\nheader 1\n");
  fs::remove(product);
  EXPECT_EQ(compiled(), "source 1\nheader 1\n");
  std::ofstream(fs::path(product).replace_extension(".manifest")) << "damaged";
  EXPECT_EQ(compiled(), "source 1\nheader 1\n");
  EXPECT_EQ(calls(), 4);
  (void)compiled();
  EXPECT_EQ(calls(), 4);
}

TEST_F(Compile, DoesNotTrustAFileThatChangedMeanwhile) {
  (void)write_old("shop.hpp", "header 1\n");
  fs::last_write_time(header, fs::file_time_type::clock::now() + std::chrono::hours{1});
  (void)compiled();
  (void)compiled();
  EXPECT_EQ(calls(), 2);
}

TEST_F(Compile, HappensOnceForManyAtATime) {
  constexpr int kThreads = 6;
  std::array<std::string, kThreads> results;
  {
    std::barrier start(kThreads);
    std::vector<std::jthread> threads;
    threads.reserve(kThreads);
    for (auto& result : results) {
      threads.emplace_back([&] {
        start.arrive_and_wait();
        result = compiled();
      });
    }
  }
  EXPECT_THAT(results, testing::Each("source 1\nheader 1\n"));
  EXPECT_EQ(calls(), 1);
}

TEST_F(Compile, LeavesNothingOfAFailedRun) {
  use_compiler("#!/bin/sh\necho 'shop.cpp:1: no such thing' >&2\nexit 1\n");
  testing::internal::CaptureStderr();
  EXPECT_EQ(refusal(),
            "Could not compile " + source.native() + ": see the compiler's messages above");
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("shop.cpp:1: no such thing"));
  const fs::directory_iterator cache(options.cache_dir);
  EXPECT_THAT(std::vector<fs::directory_entry>(begin(cache), end(cache)), SizeIs(1));  // the lock
}

TEST_F(Compile, SaysThatTheCompilerWasKilled) {
  use_compiler("#!/bin/sh\nkill -9 $$\n");
  EXPECT_THAT(refusal(),
              AllOf(HasSubstr("signal 9 ended the compiler"), HasSubstr("out of memory")));
}

TEST_F(Compile, SaysWhatToDoWithoutACompiler) {
  options.compiler = "no-such-compiler";
  EXPECT_THAT(refusal(), AllOf(HasSubstr("Could not find the C++ compiler 'no-such-compiler'"),
                               HasSubstr("Install g++"), HasSubstr("-f libshop.so")));
}

TEST_F(Compile, SaysWhatToDoWithoutHeaders) {
  options.include_dir = folder / "nowhere";
  options.compiler = "no-such-compiler";  // the package with the headers installs it, too
  EXPECT_THAT(refusal(), AllOf(HasSubstr("The headers of cpp-worker are not in '"),
                               HasSubstr("apt install ./cpp-worker-dev_" CPPWORKER_VERSION "_"),
                               HasSubstr("-f libshop.so")));
}

TEST_F(Compile, MakesALocustfileWithTheRealCompiler) {
  options.compiler = build_info::kCompiler;
  const LoadOptions load_options{options};
  const auto locustfile = folder.write("shop with spaces.cpp", R"(
#include <string>
#include <cppworker/locustfile.hpp>
#include <cppworker/task.hpp>
#include <cppworker/user.hpp>
#include "common.hpp"
int item = 7;
// It looks like a number that is added to a literal, so the worker checks a changed copy, too.
std::string path(const std::string& item) { return "/item/" + item; }
class ShopUser : public cppworker::User {
 public:
  static constexpr int weight = kWeight;
  void index() {}
  static constexpr auto tasks() { return cppworker::task_list(cppworker::task<&ShopUser::index>()); }
};
CPPWORKER_LOCUSTFILE(ShopUser)
)");
  (void)folder.write("common.hpp", "inline constexpr int kWeight = 7;\n");
  const auto loaded = load({locustfile.native()}, load_options);
  ASSERT_THAT(loaded.user_classes, SizeIs(1));
  EXPECT_EQ(loaded.user_classes[0]->name, "ShopUser");
  EXPECT_EQ(loaded.user_classes[0]->attributes().weight, 7);

  const auto product = compile(locustfile, options);
  const auto time = fs::last_write_time(fs::path(product).replace_extension(".manifest"));
  EXPECT_EQ(compile(locustfile, options), product);
  EXPECT_EQ(fs::last_write_time(fs::path(product).replace_extension(".manifest")), time);
  (void)folder.write("common.hpp", "inline constexpr int kWeight = 8;\n");
  (void)compile(locustfile, options);
  EXPECT_NE(fs::last_write_time(fs::path(product).replace_extension(".manifest")), time);
}

}  // namespace
}  // namespace cppworker::loader
