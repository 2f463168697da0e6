#include "loader/manifest.hpp"

#include <chrono>

#include <gmock/gmock.h>

#include "support/temporary_folder.hpp"

namespace cppworker::loader {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

TEST(Manifest, IsFreshUntilAFilesContentChanges) {
  const TemporaryFolder folder;
  Manifest manifest;
  ASSERT_TRUE(manifest.add(folder.write("a.hpp", "one")));
  EXPECT_TRUE(manifest.is_fresh());
  (void)folder.write("a.hpp", "two");
  EXPECT_FALSE(manifest.is_fresh());
}

TEST(Manifest, SeesNewContentUnderAnOldTime) {
  const TemporaryFolder folder;
  const auto file = folder.write("a.hpp", "one");
  const auto time = fs::last_write_time(file);
  Manifest manifest;
  ASSERT_TRUE(manifest.add(file));
  (void)folder.write("a.hpp", "two");
  fs::last_write_time(file, time);
  EXPECT_FALSE(manifest.is_fresh());
}

TEST(Manifest, IgnoresANewTimeOfTheSameContent) {
  const TemporaryFolder folder;
  const auto file = folder.write("a.hpp", "one");
  Manifest manifest;
  ASSERT_TRUE(manifest.add(file));
  fs::last_write_time(file, fs::last_write_time(file) + 1h);
  EXPECT_TRUE(manifest.is_fresh());
}

TEST(Manifest, KnowsBigFilesByTheirTime) {
  const TemporaryFolder folder;
  const auto file = folder.write("compiler", "one");
  Manifest manifest;
  ASSERT_TRUE(manifest.add_by_time(file));
  EXPECT_TRUE(manifest.is_fresh());
  fs::last_write_time(file, fs::last_write_time(file) + 1h);
  EXPECT_FALSE(manifest.is_fresh());
}

TEST(Manifest, IsStaleWhenAFileIsGone) {
  const TemporaryFolder folder;
  const auto file = folder.write("a.hpp", "one");
  Manifest manifest;
  ASSERT_TRUE(manifest.add(file));
  fs::remove(file);
  EXPECT_FALSE(manifest.is_fresh());
}

TEST(Manifest, TakesNoFileThatIsNotThere) {
  const TemporaryFolder folder;
  Manifest manifest;
  EXPECT_FALSE(manifest.add(folder / "absent.hpp"));
  EXPECT_FALSE(manifest.add_by_time(folder / "absent.hpp"));
}

TEST(Manifest, ComesBackFromItsText) {
  const TemporaryFolder folder;
  Manifest manifest;
  ASSERT_TRUE(manifest.add(folder.write("with some spaces.hpp", "one")));
  ASSERT_TRUE(manifest.add_by_time(folder.write("b", "one")));
  const auto stored = Manifest::from_text(manifest.to_text("abc123"));
  ASSERT_TRUE(stored);
  EXPECT_EQ(stored->product, "abc123");
  EXPECT_TRUE(stored->manifest.is_fresh());
  (void)folder.write("with some spaces.hpp", "two");
  EXPECT_FALSE(stored->manifest.is_fresh());
}

TEST(Manifest, RefusesATextThatWasCutOrIsAnothers) {
  const TemporaryFolder folder;
  Manifest manifest;
  ASSERT_TRUE(manifest.add(folder.write("a.hpp", "one")));
  ASSERT_TRUE(manifest.add(folder.write("b.hpp", "one")));
  const auto text = manifest.to_text("abc123");
  for (std::size_t size = 0; size < text.size(); ++size) {
    EXPECT_FALSE(Manifest::from_text(std::string_view(text).substr(0, size))) << size;
  }
  EXPECT_FALSE(Manifest::from_text("something else\nabc123\n0\n"));
}

TEST(ParseDepfile, ListsThePrerequisitesAcrossLines) {
  EXPECT_THAT(parse_depfile("product: shop.cpp /usr/include/a.h \\\n  ../b.hpp\n"),
              ElementsAre("shop.cpp", "/usr/include/a.h", "../b.hpp"));
}

TEST(ParseDepfile, UndoesTheEscapesOfMake) {
  EXPECT_THAT(parse_depfile("product: my\\ shop.cpp a\\#b.hpp c$$d.hpp\n"),
              ElementsAre("my shop.cpp", "a#b.hpp", "c$d.hpp"));
}

TEST(ParseDepfile, EndsWithTheFirstRule) {
  EXPECT_THAT(parse_depfile("product: a.cpp b.hpp\nb.hpp:\n"), ElementsAre("a.cpp", "b.hpp"));
  EXPECT_THAT(parse_depfile(""), IsEmpty());
}

}  // namespace
}  // namespace cppworker::loader
