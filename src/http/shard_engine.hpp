#pragma once

#include <memory>
#include <utility>

#include "coro/scheduler.hpp"
#include "http/name_resolver.hpp"

namespace cppworker::http {

/// An engine as its shard owns it: shut down with the shard, though sessions may keep it longer.
template <class Engine>
struct ShardEngine {
  explicit ShardEngine(std::shared_ptr<Engine> engine_) : engine(std::move(engine_)) {}
  ~ShardEngine() { engine->shut_down(); }
  ShardEngine(const ShardEngine&) = delete;
  ShardEngine& operator=(const ShardEngine&) = delete;

  const std::shared_ptr<Engine> engine;
};

/// Puts a new engine into `place`, which is the shard's for it.
template <class Engine>
const std::shared_ptr<Engine>& make_engine(std::shared_ptr<void>& place, coro::Scheduler& scheduler,
                                           NameResolver::Lookup lookup) {
  const auto owner =
      std::make_shared<ShardEngine<Engine>>(std::make_shared<Engine>(scheduler, std::move(lookup)));
  place = owner;
  return owner->engine;
}

/// The engine in `place`, made on first use.
template <class Engine>
const std::shared_ptr<Engine>& engine_in(std::shared_ptr<void>& place, coro::Scheduler& scheduler) {
  if (place == nullptr) {
    return make_engine<Engine>(place, scheduler, look_up);
  }
  return std::static_pointer_cast<ShardEngine<Engine>>(place)->engine;
}

}  // namespace cppworker::http
