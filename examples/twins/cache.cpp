// A cache and a leaderboard in Redis. hiredis never blocks here: where it would have to wait,
// wait_readable() suspends the user.
// cpp-worker: -lhiredis
#include <hiredis/hiredis.h>

#include <cppworker/locust.hpp>

using namespace cppworker;

const std::string url = env("REDIS_URL", "redis://127.0.0.1:6379");

using Reply = std::unique_ptr<redisReply, decltype(&freeReplyObject)>;

/// One connection to a Redis server.
struct Redis {
  Redis(const std::string& host, int port)
      : context(redisConnectNonBlock(host.c_str(), port), redisFree) {
    require(context != nullptr && wait_writable(context->fd, 5s), "can't connect to Redis");
  }

  void send(const std::vector<std::string>& words) {
    std::vector<const char*> texts;
    std::vector<std::size_t> sizes;
    for (const std::string& word : words) {
      texts.push_back(word.data());
      sizes.push_back(word.size());
    }
    redisAppendCommandArgv(context.get(), texts.size(), texts.data(), sizes.data());
  }

  Reply receive() {
    for (int done = 0; done == 0;) {
      require(wait_writable(context->fd, 5s), "can't send within 5 s");
      check(redisBufferWrite(context.get(), &done));
    }
    for (void* reply = nullptr;;) {
      check(redisGetReplyFromReader(context.get(), &reply));
      if (reply != nullptr) return {static_cast<redisReply*>(reply), freeReplyObject};
      require(wait_readable(context->fd, 5s), "no reply within 5 s");
      check(redisBufferRead(context.get()));
    }
  }

  void check(int result) { require(result == REDIS_OK, context->errstr); }

  std::unique_ptr<redisContext, decltype(&redisFree)> context;
};

struct CacheUser : User {
  static constexpr WaitTime wait_time = between(50ms, 150ms);

  void on_start() override {
    const std::string port = search(url, "\\d+$");
    redis = std::make_unique<Redis>(search(url, "//(.*):", 1), std::stoi(port));
    name = "player" + std::to_string(command({"INCR", "players"})->integer);
  }

  /// Sends a command and reports it; the server's errors are failures. Returns the reply.
  Reply command(const std::vector<std::string>& words, std::string_view row = "") {
    Reply reply{nullptr, freeReplyObject};
    if (row.empty()) row = words[0];
    environment().events.request.measure("REDIS", row, [&](RequestMeta& request) {
      redis->send(words);
      reply = redis->receive();
      if (reply->type == REDIS_REPLY_ERROR) request.exception = reply->str;
    });
    return reply;
  }

  void read_product() {
    const std::string key = random_product();
    const Reply cached = command({"GET", key});
    if (cached->type != REDIS_REPLY_NIL) {
      return require(parse_json(cached->str)["id"] == key, "the product of another key");
    }
    const Value tags = Value::List{"new", "sale"};
    const Value product{{"id", key}, {"price", randint(100, 999)}, {"tags", tags}};
    command({"SET", key, to_json(product), "EX", "60"});
  }

  void score() {
    command({"ZINCRBY", "scores", std::to_string(randint(1, 10)), name});
    const Reply best = command({"ZREVRANGE", "scores", "0", "2"});
    require(best->elements >= 1 && best->elements <= 3, "wrong leaderboard");
  }

  void visit() {
    const std::string visits = "visits:" + name;
    long long length = 0;
    environment().events.request.measure("REDIS", "pipeline", [&](auto&) {
      redis->send({"RPUSH", visits, "home"});
      redis->send({"LTRIM", visits, "-10", "-1"});
      redis->send({"LLEN", visits});
      for (int reply = 0; reply < 3; ++reply) length = redis->receive()->integer;
    });
    require(length >= 1 && length <= 10, "wrong length");
  }

  void forget_product() { command({"DEL", random_product()}); }

  void rank() { command({"ZREVRANK", "scores", name}); }

  void rename() {
    command({"HSET", "profile:" + name, "nick", "nick" + std::to_string(randint(1, 99))});
  }

  void wrong_type() { command({"LPUSH", "players", "Ann"}, "LPUSH (wrong type)"); }

  void on_stop() override { command({"UNLINK", "visits:" + name}); }

  std::string random_product() const { return "product:" + std::to_string(randint(1, 30)); }

  static constexpr auto tasks() {
    using Self = CacheUser;
    return task_list(task<&Self::read_product>({.weight = 6}), task<&Self::score>({.weight = 3}),
                     task<&Self::visit>({.weight = 2}), task<&Self::forget_product>(),
                     task<&Self::rank>(), task<&Self::rename>(), task<&Self::wrong_type>());
  }

  std::unique_ptr<Redis> redis;
  std::string name;
};

CPPWORKER_LOCUSTFILE(CacheUser)
