// The methods and the requests of grpc_server.py, with grpc-go. Prints its port, then "ended METHOD CODE"
// for each call.
package main

import (
	"bytes"
	"fmt"
	"io"
	"log"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	_ "google.golang.org/grpc/encoding/gzip" // answers compressed requests with compressed replies
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

// Messages are bytes.
type codec struct{}

func (codec) Marshal(message any) ([]byte, error) { return *message.(*[]byte), nil }
func (codec) Unmarshal(data []byte, message any) error {
	*message.(*[]byte) = bytes.Clone(data)
	return nil
}
func (codec) Name() string { return "proto" }

type call struct{ grpc.ServerStream }

func (c call) receive() ([]byte, error) {
	var message []byte
	err := c.RecvMsg(&message)
	return message, err
}

func (c call) send(message []byte) error { return c.SendMsg(&message) }

func parsed(message []byte) url.Values {
	line, _, _ := strings.Cut(string(message), "\n")
	values, err := url.ParseQuery(line)
	if err != nil {
		return url.Values{}
	}
	return values
}

// answerStatus sends back the metadata of custom_metadata, waits, and returns the status that the request asks for.
func (c call) answerStatus(request url.Values) error {
	if received, ok := metadata.FromIncomingContext(c.Context()); ok {
		if values := received.Get("x-echo-initial"); len(values) > 0 {
			if err := c.SetHeader(metadata.Pairs("x-echo-initial", values[0])); err != nil {
				return err
			}
		}
		if values := received.Get("x-echo-trailing-bin"); len(values) > 0 {
			c.SetTrailer(metadata.Pairs("x-echo-trailing-bin", values[0]))
		}
	}
	if seconds, err := strconv.ParseFloat(request.Get("wait"), 64); err == nil {
		time.Sleep(time.Duration(seconds * float64(time.Second)))
	}
	if code, err := strconv.Atoi(request.Get("code")); err == nil {
		return status.Error(codes.Code(code), request.Get("text"))
	}
	return nil
}

func reply(message []byte, request url.Values) []byte {
	if size, err := strconv.Atoi(request.Get("size")); err == nil {
		return bytes.Repeat([]byte("x"), size)
	}
	return message
}

func unary(c call) error {
	message, err := c.receive()
	if err != nil {
		return err
	}
	request := parsed(message)
	if err := c.answerStatus(request); err != nil {
		return err
	}
	return c.send(reply(message, request))
}

func streamingInput(c call) error {
	sum := 0
	for {
		message, err := c.receive()
		if err == io.EOF {
			return c.send([]byte(strconv.Itoa(sum)))
		}
		if err != nil {
			return err
		}
		sum += len(message)
	}
}

func streamingOutput(c call) error {
	message, err := c.receive()
	if err != nil {
		return err
	}
	request := parsed(message)
	if err := c.answerStatus(request); err != nil {
		return err
	}
	for _, text := range strings.Split(request.Get("sizes"), ",") {
		if size, err := strconv.Atoi(text); err == nil {
			if err := c.send(bytes.Repeat([]byte("x"), size)); err != nil {
				return err
			}
		}
	}
	return nil
}

func fullDuplex(c call) error {
	for {
		message, err := c.receive()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		request := parsed(message)
		ending := c.answerStatus(request)
		if err := c.send(reply(message, request)); err != nil {
			return err
		}
		if ending != nil {
			return ending
		}
	}
}

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	counting := func(server any, stream grpc.ServerStream, info *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
		err := handler(server, stream)
		fmt.Println("ended", info.FullMethod, int(status.Code(err)))
		return err
	}
	server := grpc.NewServer(
		grpc.ForceServerCodec(codec{}), grpc.MaxRecvMsgSize(64<<20), grpc.StreamInterceptor(counting))
	description := grpc.ServiceDesc{ServiceName: "test.TestService"}
	for name, behaviour := range map[string]func(call) error{
		"EmptyCall": unary, "UnaryCall": unary, "StreamingInputCall": streamingInput,
		"StreamingOutputCall": streamingOutput, "FullDuplexCall": fullDuplex,
	} {
		description.Streams = append(description.Streams, grpc.StreamDesc{
			StreamName: name,
			Handler:    func(_ any, stream grpc.ServerStream) error { return behaviour(call{stream}) },
			// A unary call is a stream with one message in each direction.
			ServerStreams: true,
			ClientStreams: true,
		})
	}
	server.RegisterService(&description, nil)
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	log.Fatal(server.Serve(listener))
}
