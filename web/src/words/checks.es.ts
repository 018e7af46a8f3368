// What a proof of a trunk (internal/proof) says, in Spanish: what was looked at and why a trunk
// has to, what there is if it is so, and what to do if not. English is what the report says
// itself. Loaded by the page of a proof alone.
import type { CheckTexts } from "../console/proof";
import { health } from "./health.es";

const doctor = "Ejecute tandem doctor en el nodo: lo que encuentra del DNS, los puertos y los certificados dice la causa y el remedio.";
const proxies = "Ejecute tandem doctor en el nodo y mire proxy.tls y dns.proxy; abra TCP 5061 hacia 52.112.0.0/14 y 52.120.0.0/14, y desde allí.";
const program = "El programa no hizo lo que debe con esta configuración: guarde el informe, actualice Tandem y pruebe otra vez; si sigue igual, comuníquelo con lo que pasó por el cable.";
const media = `Mire que nada en el nodo frene el sonido, y pruebe otra vez. Si sigue igual: ${program.charAt(0).toLowerCase()}${program.slice(1)}`;
const failover = "Mire sip.far.proxies: los tres nombres de Microsoft en su orden; después pruebe otra vez.";
const sound = "Dos segundos de voz en cada sentido, a la vez, se oyeron en el otro extremo: RTP en el teléfono, SRTP en Microsoft.";

export const checks: CheckTexts = {
  checks: {
    "live.tls": {
      title: "El borde en marcha acepta TLS con el nombre del troncal", need: "Microsoft abre conexiones TLS hacia el FQDN del troncal, y rechaza un certificado caducado, de otro nombre o sin su cadena.",
      passed: "El nombre del troncal lleva al borde, que muestra un certificado que lo cubre, con su cadena, y rechaza a quien no muestra ninguno.", fix: doctor,
    },
    "live.options.to": {
      title: "Los proxies de Microsoft contestan a nuestros OPTIONS", need: "Un troncal cuyos OPTIONS cesan se degrada a los tres minutos, y ya no se le llama.",
      passed: "Proxies que contestaron al último OPTIONS del troncal: {0}.", failed: "Proxies que contestaron al último OPTIONS del troncal: {0}.", fix: proxies,
    },
    "live.options.from": {
      title: "Los OPTIONS de Microsoft nos llegan", need: "Sin ellos el troncal queda inactivo: Microsoft no llama a nadie por él.",
      passed: "OPTIONS de Microsoft que han llegado al nodo desde que arrancó: {0}.", failed: "Desde que arrancó el nodo no le ha llegado ningún OPTIONS de Microsoft.", fix: proxies,
    },
    "live.calls": {
      title: "Microsoft ha contestado llamadas", need: "Es lo que un cliente quiere de un troncal.",
      passed: "Desde que arrancó el nodo, Microsoft ha contestado {1} de {0} INVITE.", failed: "Desde que arrancó el nodo, Microsoft no ha contestado ninguno de {0} INVITE.",
      fix: "Haga una llamada por el troncal y pruebe otra vez; si falla, Tandem explica cada llamada.",
    },
    "bench.tls": {
      title: "Ambos lados muestran su certificado, y lo verifican", need: "Microsoft quiere TLS mutuo 1.2 o posterior, una clave RSA y una de dos suites.",
      passed: "TLS 1.2 con una suite de las de Microsoft; el certificado del troncal cubre su nombre y lleva a una raíz, como cliente y como servidor; se rechaza a quien no muestra ninguno.", fix: doctor,
    },
    "bench.options.to": { title: "OPTIONS a cada proxy, contestado", need: "Una vez por minuto a cada uno de los tres.", passed: "A cada uno de los tres proxies le llegó el OPTIONS del troncal, y lo contestó.", failed: "Proxies que recibieron y contestaron el OPTIONS del troncal: {0} de 3.", fix: doctor },
    "bench.options.from": { title: "OPTIONS de los proxies, contestado con Contact", need: "Un 200 sin Contact deja el troncal inactivo.", passed: "Los OPTIONS de los proxies se contestaron con 200 y un Contact: para Microsoft el troncal está activo.", fix: program },
    "bench.invite.to": { title: "Una llamada a Microsoft", need: "INVITE por TLS con el troncal en Contact, contestado y confirmado.", passed: "INVITE, 200, ACK, y BYE del teléfono.", fix: program },
    "bench.invite.from": { title: "Una llamada de Microsoft", need: "Un teléfono detrás del troncal suena y contesta.", passed: "INVITE de Microsoft, 180 y 200 del teléfono, ACK y BYE.", fix: program },
    "bench.ringback": { title: "Quien llama oye el tono de llamada", need: "El 180 pasa; un 183 sin sonido no se reenvía, o quien llama oye silencio.", passed: "Quien llama recibe el 180 cuando suena el lado de Microsoft, también tras un 183 sin sonido.", fix: program },
    "bench.audio.to": { title: "Sonido en ambos sentidos, cifrado, de una llamada a Microsoft", need: "SRTP con SDES y AES_CM_128_HMAC_SHA1_80 del lado de Microsoft; cada uno oye al otro.", passed: sound, fix: media },
    "bench.audio.from": { title: "Sonido en ambos sentidos, cifrado, de una llamada de Microsoft", need: "Como en una llamada a Microsoft.", passed: sound, fix: media },
    "bench.hold": {
      title: "Retener y recuperar", need: "Microsoft retiene con inactive, y entretanto no se le puede enviar nada más; el sonido vuelve.",
      passed: "El re-INVITE de Microsoft con inactive se contestó igual, y entretanto no se le envió sonido; al terminar, ambos vuelven a oírse.", fix: program,
    },
    "bench.refresh": {
      title: "El re-INVITE de Microsoft renueva la sesión", need: "Llega en mitad de cada llamada larga, con la descripción sin cambios; un troncal que no lo contesta pierde entonces la llamada.",
      passed: "Se contestó con la descripción sin cambios, y después ambos se oyen. Se envió enseguida y no en mitad de una llamada larga: el troncal lo contesta igual.", fix: program,
    },
    "bench.refresh.own": { title: "Nuestro re-INVITE renueva la sesión", need: "Donde Microsoft nos lo deja a nosotros, una llamada sin él se corta.", passed: "El troncal renovó a tiempo una sesión que Microsoft le dejó; los segundos del temporizador se acortaron a la vigésima parte.", fix: program },
    "bench.transfer.blind": { title: "Transferencia directa", need: "Quien llama se queda, y habla con aquel a quien se le transfirió.", passed: "Se transfirió, y después ambos se oyen.", fix: program },
    "bench.transfer.attended": { title: "Transferencia con consulta", need: "Un INVITE con Replaces toma la llamada.", passed: "El INVITE con Replaces tomó la llamada, se cerró el diálogo anterior, y quien llama y la persona nueva se oyen.", fix: program },
    "bench.failover.sip": { title: "Conmutación a sip.pstnhub.microsoft.com", need: "Mientras los otros dos rechazan.", passed: "La llamada llegó a ese proxy, y se contestó.", fix: failover },
    "bench.failover.sip2": { title: "Conmutación a sip2.pstnhub.microsoft.com", need: "Mientras el primero no dice nada.", passed: "La llamada llegó a ese proxy, y se contestó.", fix: failover },
    "bench.failover.sip3": { title: "Conmutación a sip3.pstnhub.microsoft.com", need: "Mientras los dos primeros rechazan con 503.", passed: "La llamada llegó a ese proxy, y se contestó.", fix: failover },
    "bench.rules": { title: "No se infringió ninguna regla de Microsoft por el camino", need: "Como peticiones por la conexión equivocada, un destino de medios cambiado o un ACK que falta.", passed: "El lado de Microsoft no tuvo nada que objetar en ninguna de las llamadas anteriores.", fix: program },
  },
  codes: {
    "no_call": ["Desde que arrancó, el nodo no ha enviado ninguna llamada a Microsoft."],
    "other_certificate": ["Lo que contesta allí muestra otro certificado que el del archivo del troncal.", "Reinicie el nodo, para que muestre el certificado de su archivo; o mire qué más contesta con este nombre y puerto."],
    "no_tls": ["No hay TLS entre el troncal y Microsoft, y sin él no puede haber nada más: vea bench.tls.", "Arregle antes bench.tls."],
    "not_made": ["En este nodo no se pudo probar en el banco."],
    "referred": ["REFER se aceptó, el INVITE que salió de él fue letra por letra lo que quiere Microsoft, se cerró el diálogo anterior, y quien llama y la persona nueva se oyen."],
    "rekeyed": ["REFER no está en nuestro Allow (sip.far.refers), así que Microsoft transfiere dentro de su red: el troncal ve un re-INVITE con otra clave, y después ambos se oyen."],
    "certificate.file": ["El certificado y la clave no se pueden usar.", "Indique un archivo PEM legible con la hoja y todos los intermedios, y el archivo de la clave de la hoja, sin cifrar."],
    ...Object.fromEntries(Object.entries(health).filter(([code]) => code.startsWith("certificate."))),
  },
  figures: {
    "certificate runs for": "el certificado vale todavía", "proxies that answer": "proxies que contestan", "proxies that answered": "proxies que contestaron", "OPTIONS": "OPTIONS", "INVITEs": "INVITE", "answered": "contestados",
    "INVITE at Microsoft after": "el INVITE llegó a Microsoft a los", "answered after": "se contestó a los", "the telephone rang after": "el teléfono sonó a los", "180 at the caller after": "el 180 llegó a quien llama a los",
    "sent to Microsoft during the hold": "enviados a Microsoft durante la retención", "re-INVITE after": "el re-INVITE llegó a los", "of a session of": "de una sesión de", "attempts": "intentos",
    "SRTP taken by Microsoft": "SRTP que recibió Microsoft", "SRTP sent by Microsoft": "SRTP que envió Microsoft", "SRTP that did not authenticate": "SRTP que no se autenticó",
    "heard at Microsoft, correlation": "oído en Microsoft, correlación", "heard at Microsoft, longest gap": "oído en Microsoft, corte más largo",
    "heard at the telephone, correlation": "oído en el teléfono, correlación", "heard at the telephone, longest gap": "oído en el teléfono, corte más largo",
  },
  units: { ms: "ms", packets: "paquetes", days: "días" },
};
