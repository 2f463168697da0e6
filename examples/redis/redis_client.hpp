#pragma once

#include <cstddef>
#include <initializer_list>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <hiredis/hiredis.h>

#include <cppworker/waiting.hpp>

/// One connection to a Redis server. hiredis does not block here: where it would wait,
/// wait_readable() and wait_writable() suspend the user, and the thread runs other users.
class RedisClient {
 public:
  RedisClient(const std::string& host, int port)
      : context_(redisConnectNonBlock(host.c_str(), port), redisFree) {
    check();
    if (!cppworker::wait_writable(context_->fd, kTimeout)) {
      throw std::runtime_error("connecting: timed out");
    }
  }

  /// Sends a command and returns the reply as text. Throws if the server replies with an error.
  std::string command(std::initializer_list<std::string_view> words) {
    std::vector<const char*> texts;
    std::vector<std::size_t> sizes;
    for (const std::string_view word : words) {
      texts.push_back(word.data());
      sizes.push_back(word.size());
    }
    redisAppendCommandArgv(context_.get(), static_cast<int>(words.size()), texts.data(),
                           sizes.data());
    send();
    const std::unique_ptr<redisReply, decltype(&freeReplyObject)> reply(receive(), freeReplyObject);
    if (reply->type == REDIS_REPLY_ERROR) {
      throw std::runtime_error(reply->str);
    }
    if (reply->type == REDIS_REPLY_INTEGER) {
      return std::to_string(reply->integer);
    }
    return reply->str == nullptr ? "" : std::string(reply->str, reply->len);
  }

 private:
  static constexpr cppworker::Seconds kTimeout{5};

  void send() {
    for (int done = 0; done == 0;) {
      check(redisBufferWrite(context_.get(), &done));
      if (done == 0 && !cppworker::wait_writable(context_->fd, kTimeout)) {
        throw std::runtime_error("sending: timed out");
      }
    }
  }

  redisReply* receive() {
    for (;;) {
      void* reply = nullptr;
      check(redisGetReplyFromReader(context_.get(), &reply));
      if (reply != nullptr) {
        return static_cast<redisReply*>(reply);
      }
      if (!cppworker::wait_readable(context_->fd, kTimeout)) {
        throw std::runtime_error("receiving: timed out");
      }
      check(redisBufferRead(context_.get()));
    }
  }

  void check(int result = REDIS_OK) const {
    if (context_ == nullptr) {
      throw std::bad_alloc();
    }
    if (result != REDIS_OK || context_->err != 0) {
      throw std::runtime_error(context_->errstr);
    }
  }

  std::unique_ptr<redisContext, decltype(&redisFree)> context_;
};
