// A visitor of a shop for launce: the counterpart of shop.cpp.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"math/rand"
	"net/http"
	"time"

	"github.com/qitoi/launce"
	"github.com/qitoi/launce/taskset"
)

type ShopVisitor struct {
	taskset.UserImpl
	client *http.Client
}

func (u *ShopVisitor) WaitTime() launce.WaitTimeFunc {
	return launce.Constant(time.Second)
}

func (u *ShopVisitor) OnStart(ctx context.Context) error {
	if err := u.UserImpl.OnStart(ctx); err != nil { // applies the tags
		return err
	}
	u.client = &http.Client{}
	return u.request(ctx, http.MethodPost, "/login", "/login")
}

func (u *ShopVisitor) request(ctx context.Context, method, name, path string) error {
	request, err := http.NewRequestWithContext(ctx, method, u.Runner().Host()+path, nil)
	if err != nil {
		return err
	}
	begin := time.Now()
	response, err := u.client.Do(request)
	if err != nil {
		u.Report(method, name, time.Since(begin), 0, err)
		return nil
	}
	defer response.Body.Close()
	length, err := io.Copy(io.Discard, response.Body)
	if err == nil && response.StatusCode >= 400 {
		err = errors.New(response.Status)
	}
	u.Report(method, name, time.Since(begin), length, err)
	return nil
}

func (u *ShopVisitor) frontPage(ctx context.Context, _ launce.User, _ taskset.Scheduler) error {
	return u.request(ctx, http.MethodGet, "/", "/")
}

func (u *ShopVisitor) viewItem(ctx context.Context, _ launce.User, _ taskset.Scheduler) error {
	path := fmt.Sprintf("/item?id=%d", rand.Intn(100))
	return u.request(ctx, http.MethodGet, "/item?id=[id]", path)
}

func (u *ShopVisitor) TaskSet() taskset.TaskSet {
	return taskset.NewRandom(
		taskset.Weight(taskset.TaskFunc(u.frontPage), 1),
		taskset.Weight(taskset.TaskFunc(u.viewItem), 3),
	)
}

func main() {
	worker, err := launce.NewWorker(launce.NewZmqTransport("127.0.0.1", 5557))
	if err != nil {
		log.Fatal(err)
	}
	worker.RegisterUser("ShopVisitor", func() launce.User { return &ShopVisitor{} })
	if err := worker.Join(); err != nil {
		log.Fatal(err)
	}
}
