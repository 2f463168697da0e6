#include <cstdint>
#include <filesystem>
#include <fstream>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cppworker/data_feeder.hpp>
#include <cppworker/environment.hpp>
#include <cppworker/exception.hpp>
#include <cppworker/json.hpp>

#include "coro/scheduler.hpp"
#include "user/shard.hpp"

namespace cppworker {
namespace {

/// A temporary file that is removed with this object.
class DataFile {
 public:
  DataFile(const std::string& name, const std::string& content)
      : path_(std::filesystem::path(testing::TempDir()) /
              (std::to_string(::getpid()) + "-" + name)) {
    std::ofstream(path_) << content;
  }
  ~DataFile() { std::filesystem::remove(path_); }
  DataFile(const DataFile&) = delete;
  DataFile& operator=(const DataFile&) = delete;
  [[nodiscard]] std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

std::string numbers(int count) {
  std::string text = "number\n";
  for (int i = 0; i < count; ++i) {
    text += std::to_string(i) + "\n";
  }
  return text;
}

/// A shard of a worker with this index; the master expects `expected` workers.
class Worker : private detail::ControlLink {
 public:
  explicit Worker(std::int64_t index = -1, int expected = 1) {
    shard.worker_index = index;
    shard.parsed_options = Value::Map{{"expect_workers", expected}};
  }
  std::string number(const CsvFeeder& feeder) {
    return std::string(feeder.next(environment)["number"]);
  }
  std::vector<std::string> numbers(const CsvFeeder& feeder, int count) {
    std::vector<std::string> taken;
    for (int i = 0; i < count; ++i) {
      taken.push_back(number(feeder));
    }
    return taken;
  }

  /// The master gives the worker another index, as after a new registration.
  void set_index(std::int64_t index) { shard.worker_index = index; }

 private:
  void send_message(std::string, Value) override {}
  void user_error(std::string, std::string) override {}
  coro::VirtualClock clock;
  coro::Scheduler scheduler{clock, {}};
  detail::Shard shard{0, 1, scheduler, *this, 100};

 public:
  Environment environment{shard};
};

TEST(DataFeeder, WrapsAround) {
  const DataFile file("wrap.csv", numbers(3));
  const CsvFeeder feeder(file.path());
  EXPECT_EQ(Worker().numbers(feeder, 5), (std::vector<std::string>{"0", "1", "2", "0", "1"}));
  EXPECT_EQ(feeder.size(), 3U);
}

TEST(DataFeeder, StopsTheUserAfterTheLastRow) {
  const DataFile file("stop.csv", numbers(2));
  const CsvFeeder feeder(file.path(), {.deal = Deal::kStop});
  Worker worker;
  EXPECT_EQ(worker.numbers(feeder, 2), (std::vector<std::string>{"0", "1"}));
  EXPECT_THROW(worker.number(feeder), StopUser);
  feeder.restart();
  EXPECT_EQ(worker.number(feeder), "0");
}

TEST(DataFeeder, DealsEachRowToOneWorker) {
  const DataFile file("workers.csv", numbers(7));
  std::vector<std::string> dealt;
  for (std::int64_t index = 0; index < 3; ++index) {
    const CsvFeeder feeder(file.path(), {.deal = Deal::kStop});  // each worker has its own
    Worker worker(index, 3);
    try {
      for (;;) {
        dealt.push_back(worker.number(feeder));
      }
    } catch (const StopUser&) {
    }
  }
  EXPECT_EQ(dealt, (std::vector<std::string>{"0", "3", "6", "1", "4", "2", "5"}));
}

TEST(DataFeeder, WorkersOfOneProcessDealAllRowsOnceAtAnyPace) {
  const DataFile file("process.csv", numbers(7));
  const CsvFeeder feeder(file.path(), {.deal = Deal::kStop});
  Worker first(0, 2);
  EXPECT_EQ(first.numbers(feeder, 2), (std::vector<std::string>{"0", "2"}));
  {
    Worker second(1, 2);
    EXPECT_EQ(second.numbers(feeder, 3), (std::vector<std::string>{"1", "3", "5"}));
    EXPECT_THROW(second.number(feeder), StopUser);
    feeder.restart();  // on the thread of `second`
    EXPECT_EQ(second.number(feeder), "1");
  }
  EXPECT_EQ(first.numbers(feeder, 2), (std::vector<std::string>{"4", "6"}));
  EXPECT_THROW(first.number(feeder), StopUser);
}

TEST(DataFeeder, AWorkerWithANewIndexDealsTheRowsOfThatIndexFromTheBeginning) {
  const DataFile file("index.csv", numbers(6));
  const CsvFeeder feeder(file.path(), {.deal = Deal::kStop});
  Worker worker(0, 2);
  EXPECT_EQ(worker.numbers(feeder, 2), (std::vector<std::string>{"0", "2"}));
  worker.set_index(1);
  EXPECT_EQ(worker.numbers(feeder, 3), (std::vector<std::string>{"1", "3", "5"}));
  worker.set_index(0);
  EXPECT_EQ(worker.number(feeder), "4") << "the counter of an index is kept";
}

TEST(DataFeeder, AWorkerDealsFromSeveralFeedersIndependently) {
  const DataFile file("several.csv", numbers(3));
  const CsvFeeder first(file.path());
  const CsvFeeder second(file.path());
  Worker worker;
  EXPECT_EQ(worker.numbers(first, 2), (std::vector<std::string>{"0", "1"}));
  EXPECT_EQ(worker.numbers(second, 2), (std::vector<std::string>{"0", "1"}));
  EXPECT_EQ(worker.number(first), "2");
}

TEST(DataFeeder, TheLocustfileMaySetTheNumberOfWorkers) {
  const DataFile file("said.csv", numbers(10));
  const CsvFeeder feeder(file.path(), {.workers = 5});
  EXPECT_EQ(Worker(4).numbers(feeder, 3), (std::vector<std::string>{"4", "9", "4"}));
}

TEST(DataFeeder, MoreWorkersThanExpectedShareRows) {
  const DataFile file("late.csv", numbers(4));
  const CsvFeeder feeder(file.path());
  EXPECT_EQ(Worker(3, 2).numbers(feeder, 2), (std::vector<std::string>{"1", "3"}));
}

TEST(DataFeeder, AWorkerWithoutRowsStopsItsUsers) {
  const DataFile file("few.csv", numbers(1));
  const CsvFeeder feeder(file.path());
  EXPECT_THROW(Worker(1, 2).number(feeder), StopUser);
}

TEST(DataFeeder, DealsEachRowToOneShardOfAWorker) {
  constexpr int kRows = 3'000;
  const DataFile file("shards.csv", numbers(kRows));
  const CsvFeeder feeder(file.path(), {.deal = Deal::kStop});
  std::vector<std::vector<std::string>> dealt(3);
  std::vector<std::thread> shards;
  for (auto& taken : dealt) {
    shards.emplace_back([&] {
      Worker shard;
      try {
        for (;;) {
          taken.push_back(shard.number(feeder));
        }
      } catch (const StopUser&) {
      }
    });
  }
  std::set<std::string> distinct;
  std::size_t all = 0;
  for (std::size_t i = 0; i < shards.size(); ++i) {
    shards[i].join();
    distinct.insert(dealt[i].begin(), dealt[i].end());
    all += dealt[i].size();
  }
  EXPECT_EQ(all, kRows);
  EXPECT_EQ(distinct.size(), kRows);
}

TEST(DataFeeder, DealsRowsOfTheSameWorkerOnABlockingThread) {
  const DataFile file("blocking.csv", numbers(3));
  const CsvFeeder feeder(file.path());
  Worker worker;
  EXPECT_EQ(worker.number(feeder), "0");
  std::thread([&] { EXPECT_EQ(worker.number(feeder), "1"); }).join();
  EXPECT_EQ(worker.number(feeder), "2");
}

TEST(DataFeeder, PicksRowsAtRandom) {
  const DataFile file("random.csv", numbers(4));
  const CsvFeeder feeder(file.path(), {.deal = Deal::kRandom});
  const std::vector<std::string> taken = Worker(0, 4).numbers(feeder, 400);
  EXPECT_EQ(std::set<std::string>(taken.begin(), taken.end()).size(), 4U) << "of all, not its own";
}

TEST(DataFeeder, ReadsJson) {
  const DataFile file("rows.json", R"([{"user": "ann", "age": 7, "tags": ["x", null]}, 1.5])");
  const JsonFeeder feeder(file.path());
  Worker worker;
  const Value& row = feeder.next(worker.environment);
  EXPECT_EQ(*row.find("user")->as_string(), "ann");
  EXPECT_EQ(*row.find("tags"), Value(Value::List{"x", nullptr}));
  EXPECT_EQ(feeder.next(worker.environment), Value(1.5));
}

TEST(DataFeeder, ReadsJsonAsParseJsonDoes) {
  const std::string text =
      R"([{"id": 7, "b": 1, "a": 2, "b": 3}, 18446744073709551615, -0.0, 1e400, "\ud800", 7.0])";
  const DataFile file("rows.json", text);
  const DataFile file_of_an_editor("bom.json", "\xEF\xBB\xBF" + text);
  const JsonFeeder feeder(file.path());
  const JsonFeeder feeder_of_an_editor(file_of_an_editor.path());
  Worker worker;
  const Value expected = parse_json(text);
  for (const Value& row : *expected.as_list()) {
    EXPECT_EQ(feeder.next(worker.environment), row);
    EXPECT_EQ(feeder_of_an_editor.next(worker.environment), row);
  }
  EXPECT_EQ(to_json(feeder.next(worker.environment)), R"({"id": 7, "b": 3, "a": 2})");
}

TEST(DataFeeder, ReportsWhatIsWrongWithAFile) {
  const CsvFeeder absent("no/such/file.csv");
  try {
    absent.load();
    ADD_FAILURE() << "loaded nothing";
  } catch (const Error& error) {
    EXPECT_EQ(error.what(), "no/such/file.csv: can't be read in " +
                                std::filesystem::current_path().string() +
                                ": No such file or directory");
  }
  const DataFile empty("empty.csv", "number\n");
  EXPECT_THROW(CsvFeeder(empty.path()).load(), Error);
}

std::string error_of_json(const std::string& content) {
  const DataFile file("bad.json", content);
  try {
    JsonFeeder(file.path()).load();
  } catch (const Error& error) {
    const std::string text = error.what();
    EXPECT_TRUE(text.starts_with(file.path() + ": ")) << text;
    return text.substr(file.path().size() + 2);
  }
  return "none";
}

TEST(DataFeeder, ReportsWhatIsWrongWithJson) {
  EXPECT_EQ(error_of_json("{}"), "expected a JSON array of rows");
  EXPECT_EQ(error_of_json("[]"), "the file has no rows");
  EXPECT_EQ(error_of_json("[1,\n"), "not valid JSON: Expecting value: line 2 column 1 (char 4)");
  EXPECT_EQ(error_of_json(""), "not valid JSON: Expecting value: line 1 column 1 (char 0)");
  EXPECT_EQ(error_of_json(std::string(100'000, '[')),
            "not valid JSON: Lists and objects nested more than 100 deep: line 1 column 101 (char "
            "100)");
}

TEST(DataFeeder, NamesTheColumnsThereAre) {
  const DataFile file("columns.csv", "user,password\nann,secret\n");
  const CsvFeeder feeder(file.path());
  Worker worker;
  const CsvRow row = feeder.next(worker.environment);
  EXPECT_EQ(row["password"], "secret");
  try {
    static_cast<void>(row["name"]);
    ADD_FAILURE();
  } catch (const std::out_of_range& error) {
    EXPECT_STREQ(error.what(), "no column 'name'; the file has: 'user' 'password'");
  }
}

}  // namespace
}  // namespace cppworker
