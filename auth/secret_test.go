package auth

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"strings"
	"testing"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// TestSecret_StaysHidden prints keys in all the ways that are at hand.
func TestSecret_StaysHidden(t *testing.T) {
	k := testKey(UseSession, "key1")
	k.Secret = Secret("0123456789abcdefSECRETghijklmnop")
	ring := mustRing(t, k)
	var printed []string
	for _, value := range []any{k, &k, []Key{k}, map[string]Key{"x": k}, struct{ Key Key }{k}, k.Secret, &k.Secret, ring, *ring, struct{ ring *Keyring }{ring}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%c", "%o", "%b", "%U"} {
			printed = append(printed, fmt.Sprintf(verb, value))
		}
		printed = append(printed, fmt.Sprint(value), marshal(t, json.Marshal, value), logged(value))
	}
	printed = append(printed, marshal(t, xml.Marshal, k), k.Secret.String(), k.errorf("x").Error())

	secret := string(k.Secret)
	decimal := strings.Trim(fmt.Sprint([]byte(secret)), "[]")
	forms := []string{secret, hex.EncodeToString(k.Secret), strings.ToUpper(hex.EncodeToString(k.Secret)), marshal(t, json.Marshal, []byte(secret)),
		decimal, strings.ReplaceAll(decimal, " ", ","), "SECRET", "0x30, 0x31"}
	for _, text := range printed {
		for _, form := range forms {
			if strings.Contains(text, form) {
				t.Errorf("%q holds the secret as %q", text, form)
			}
		}
	}
	if got := fmt.Sprintf("%v", k); !strings.Contains(got, "key1") || !strings.Contains(got, "***") {
		t.Errorf("%q says too little", got)
	}
}

func marshal(t *testing.T, f func(any) ([]byte, error), value any) string {
	t.Helper()
	text, err := f(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// logged returns what zap writes for a value.
func logged(value any) string {
	var out bytes.Buffer
	log := zap.New(zapcore.NewCore(zapcore.NewJSONEncoder(zap.NewProductionEncoderConfig()), zapcore.AddSync(&out), zap.DebugLevel))
	log.Info("x", zap.Any("value", value), zap.Reflect("reflected", value))
	log.Sugar().Infow("x", "value", value)
	log.Sugar().Infof("%v", value)
	return out.String()
}
